#include "CLinuxThread.h"

_Thread_local uint64_t clinux_thread_number_storage;
