/* Status codes: 0 is success, errors are negative. The range is -2^30 ... 0. */
#ifndef ZIRCON_ERRORS_H_
#define ZIRCON_ERRORS_H_

/* Done. */
#define ZX_OK (0)

/* General */

/* The system found itself in a state it does not expect. */
#define ZX_ERR_INTERNAL (-1)
/* This system, or this object, has no such operation. */
#define ZX_ERR_NOT_SUPPORTED (-2)
/* A limit of the system was reached: descriptors, address space. */
#define ZX_ERR_NO_RESOURCES (-3)
/* Out of memory. */
#define ZX_ERR_NO_MEMORY (-4)
/* Never returned: an interrupted call that starts again. */
#define ZX_ERR_INTERNAL_INTR_RETRY (-6)

/* Arguments */

/* An argument is malformed, or a pointer cannot be read or written. */
#define ZX_ERR_INVALID_ARGS (-10)
/* The value names no live handle of this process. */
#define ZX_ERR_BAD_HANDLE (-11)
/* The object is of another type than the call needs. */
#define ZX_ERR_WRONG_TYPE (-12)
/* No such system call. */
#define ZX_ERR_BAD_SYSCALL (-13)
/* An argument is outside the range allowed for it. */
#define ZX_ERR_OUT_OF_RANGE (-14)
/* The caller's buffer is too small for the answer. */
#define ZX_ERR_BUFFER_TOO_SMALL (-15)

/* State */

/* The object's state forbids the operation. */
#define ZX_ERR_BAD_STATE (-20)
/* The deadline passed first. */
#define ZX_ERR_TIMED_OUT (-21)
/* Nothing can be done now; wait for a signal and try again. */
#define ZX_ERR_SHOULD_WAIT (-22)
/* The handle waited on was closed, replaced or transferred. */
#define ZX_ERR_CANCELED (-23)
/* The last handle of the other endpoint is gone. */
#define ZX_ERR_PEER_CLOSED (-24)
/* No such thing. */
#define ZX_ERR_NOT_FOUND (-25)
/* There already is such a thing. */
#define ZX_ERR_ALREADY_EXISTS (-26)
/* Already bound to another user. */
#define ZX_ERR_ALREADY_BOUND (-27)
/* The subject cannot take the operation now. */
#define ZX_ERR_UNAVAILABLE (-28)

/* Permission */

/* The handle lacks a right that the call needs. */
#define ZX_ERR_ACCESS_DENIED (-30)

/* Input and output */

/* Input or output failed, in a way that no other status names. */
#define ZX_ERR_IO (-40)
/* The device refuses the operation. */
#define ZX_ERR_IO_REFUSED (-41)
/* The data moved, but is corrupt. */
#define ZX_ERR_IO_DATA_INTEGRITY (-42)
/* The data is lost. */
#define ZX_ERR_IO_DATA_LOSS (-43)
/* The device is not there. */
#define ZX_ERR_IO_NOT_PRESENT (-44)
/* The device sent more than the buffer holds. */
#define ZX_ERR_IO_OVERRUN (-45)
/* The operation did not end within its time limit. */
#define ZX_ERR_IO_MISSED_DEADLINE (-46)
/* The data is invalid for the device. */
#define ZX_ERR_IO_INVALID (-47)

/* Files */

/* The path is too long or malformed. */
#define ZX_ERR_BAD_PATH (-50)
/* Not a directory. */
#define ZX_ERR_NOT_DIR (-51)
/* Not a regular file. */
#define ZX_ERR_NOT_FILE (-52)
/* The file would exceed the size limit. */
#define ZX_ERR_FILE_BIG (-53)
/* No space is left. */
#define ZX_ERR_NO_SPACE (-54)
/* The directory is not empty. */
#define ZX_ERR_NOT_EMPTY (-55)

/* Flow control */

/* For callbacks: do not call again. Never returned by a call. */
#define ZX_ERR_STOP (-60)
/* For callbacks: go on. Never returned by a call. */
#define ZX_ERR_NEXT (-61)
/* For callbacks: the work ends later. Never returned by a call. */
#define ZX_ERR_ASYNC (-62)

/* Network */

/* No such network protocol here. */
#define ZX_ERR_PROTOCOL_NOT_SUPPORTED (-70)
/* The host cannot be reached. */
#define ZX_ERR_ADDRESS_UNREACHABLE (-71)
/* The address is in use. */
#define ZX_ERR_ADDRESS_IN_USE (-72)
/* Not connected. */
#define ZX_ERR_NOT_CONNECTED (-73)
/* The remote side refused the connection. */
#define ZX_ERR_CONNECTION_REFUSED (-74)
/* The remote side reset the connection. */
#define ZX_ERR_CONNECTION_RESET (-75)
/* The connection was aborted. */
#define ZX_ERR_CONNECTION_ABORTED (-76)

/* Internal */

/* Never returned: the thread is being killed. */
#define ZX_ERR_INTERNAL_INTR_KILLED (-502)

#endif /* ZIRCON_ERRORS_H_ */
