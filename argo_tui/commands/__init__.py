"""The commands beside the app, one file each. They are imported only when called."""
