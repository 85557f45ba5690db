// The plain values of the calls (statuses, rights, signals, koids, deadlines) appear in nearly every
// declaration of this module but are made in a room below it, which the C door shares. Exported again,
// so that `import Zircon` is all a program needs.
@_exported public import ZirconTypes
