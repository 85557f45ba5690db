// What a process is born with: zx::process, zx::thread and zx::job.

#include <lib/zx/job.h>
#include <lib/zx/process.h>
#include <lib/zx/thread.h>

#include <thread>

#include "suite.h"

namespace {

zx_info_handle_basic_t BasicInfoOf(const zx::object_base& object) {
  zx_info_handle_basic_t info = {};
  CHECK_STATUS(object.get_info(ZX_INFO_HANDLE_BASIC, &info, sizeof(info), nullptr, nullptr),
               ZX_OK);
  return info;
}

void CheckAll() {
  CHECK_NUMBER(BasicInfoOf(*zx::process::self()).type, zx::process::TYPE);
  CHECK_NUMBER(BasicInfoOf(*zx::thread::self()).type, zx::thread::TYPE);
  CHECK_NUMBER(BasicInfoOf(*zx::job::default_job()).type, zx::job::TYPE);
  CHECK_NUMBER(BasicInfoOf(*zx::thread::self()).related_koid,
               BasicInfoOf(*zx::process::self()).koid);

  // Borrowed: the same again, and still there.
  CHECK(zx::process::self() == zx_process_self());
  CHECK(zx::thread::self() == zx::thread::self());
  CHECK(zx::job::default_job() == zx_job_default());

  zx_handle_t other_thread = ZX_HANDLE_INVALID;
  std::thread([&other_thread] { other_thread = zx::thread::self()->get(); }).join();
  CHECK(zx::thread::self() != other_thread);

  zx::process copy;
  CHECK_STATUS(zx::process::self()->duplicate(ZX_RIGHT_SAME_RIGHTS, &copy), ZX_OK);
  CHECK_STATUS(copy.wait_one(ZX_PROCESS_TERMINATED, zx::time::infinite_past(), nullptr),
               ZX_ERR_TIMED_OUT);
}

const Suite suite(CheckAll);

}  // namespace
