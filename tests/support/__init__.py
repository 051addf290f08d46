"""What tests of several rooms share: servers, certificates, desks."""
