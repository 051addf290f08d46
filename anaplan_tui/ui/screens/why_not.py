"""Why a key does nothing: what several screens say in the same words."""

GOES_ON = "This run still goes on; its result and its dumps come when it has ended."
HAS_ENDED = "This run has ended; there is nothing to cancel."
