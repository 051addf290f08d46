"""What downloads and uploads share: jobs in the background, their numbers, how hard they may press."""
