// The Swift door.
