/* Threads by their C11 names, and what stands before the C library's <threads.h>. */

#include <string.h>
#include <zircon/listnode.h>
#include <zircon/process.h>
#include <zircon/threads.h>

#include "check.h"

static mtx_t mutex = MTX_INIT;
static cnd_t condition = CND_INIT;
static int may_end;
static zx_handle_t own_handle;
static char own_name[ZX_MAX_NAME_LEN];

static int wait_for_the_end(void* argument) {
  own_handle = zx_thread_self();
  zx_object_get_property(own_handle, ZX_PROP_NAME, own_name, sizeof(own_name));
  mtx_lock(&mutex);
  while (!may_end) cnd_wait(&condition, &mutex);
  mtx_unlock(&mutex);
  return *(int*)argument;
}

static void check_named_thread(void) {
  thrd_t thread;
  int answer = 42, result = 0;
  zx_handle_t handle, copy = 0;
  zx_info_thread_t info;
  CHECK(thrd_create_with_name(&thread, wait_for_the_end, &answer, "a name of many bytes") ==
        thrd_success);
  handle = thrd_get_zx_handle(thread);
  CHECK(handle != ZX_HANDLE_INVALID && handle != zx_thread_self());
  CHECK_STATUS(zx_handle_duplicate(handle, ZX_RIGHT_SAME_RIGHTS, &copy), ZX_OK);
  CHECK_STATUS(zx_object_get_info(copy, ZX_INFO_THREAD, &info, sizeof(info), NULL, NULL), ZX_OK);
  CHECK(info.state != ZX_THREAD_STATE_DEAD);
  mtx_lock(&mutex);
  may_end = 1;
  cnd_signal(&condition);
  mtx_unlock(&mutex);
  CHECK(thrd_join(thread, &result) == thrd_success && result == 42);
  CHECK_NUMBER(own_handle, handle);
  CHECK(strcmp(own_name, "a name of many ") == 0);
  CHECK_STATUS(zx_object_wait_one(copy, ZX_THREAD_TERMINATED, soon(), NULL), ZX_OK);
  CHECK_STATUS(zx_handle_close(copy), ZX_OK);
  CHECK_STATUS(thrd_status_to_zx_status(thrd_nomem), ZX_ERR_NO_MEMORY);
  CHECK_NUMBER(thrd_get_zx_handle(thrd_current()), zx_thread_self());
}

struct element {
  int number;
  list_node_t node;
};

static void check_lists(void) {
  list_node_t list = LIST_INITIAL_VALUE(list), other;
  struct element elements[4] = {{0, LIST_INITIAL_CLEARED_VALUE},
                                {1, LIST_INITIAL_CLEARED_VALUE},
                                {2, LIST_INITIAL_CLEARED_VALUE},
                                {3, LIST_INITIAL_CLEARED_VALUE}};
  struct element *entry, *following;
  int sum = 0;
  CHECK(list_is_empty(&list) && list_remove_head(&list) == NULL);
  CHECK(!list_in_list(&elements[0].node));
  list_add_tail(&list, &elements[1].node);
  list_add_tail(&list, &elements[2].node);
  list_add_head(&list, &elements[0].node);
  CHECK(list_in_list(&elements[0].node) && list_length(&list) == 3);
  list_for_every_entry(&list, entry, struct element, node) sum = sum * 10 + entry->number;
  CHECK_NUMBER(sum, 12);
  CHECK(list_peek_tail_type(&list, struct element, node) == &elements[2]);
  CHECK(list_next_type(&list, &elements[2].node, struct element, node) == NULL);
  CHECK(list_next_wrap_type(&list, &elements[2].node, struct element, node) == &elements[0]);
  CHECK(list_prev(&list, &elements[1].node) == &elements[0].node);
  list_replace_node(&elements[1].node, &elements[3].node);
  CHECK(list_next(&list, &elements[0].node) == &elements[3].node);
  CHECK(!list_in_list(&elements[1].node));
  list_split_after(&list, &elements[0].node, &other);
  CHECK(list_length(&list) == 1 && list_length(&other) == 2);
  list_splice_after(&other, &list);
  CHECK(list_length(&list) == 3 && list_is_empty(&other));
  CHECK(list_peek_head_type(&list, struct element, node) == &elements[3]);
  list_move(&list, &other);
  list_for_every_entry_safe(&other, entry, following, struct element, node) {
    list_delete(&entry->node);
  }
  CHECK(list_is_empty(&other) && list_is_empty(&list));
}

void check_tasks(void) {
  CHECK_NUMBER(zx_process_self(), _zx_process_self());
  CHECK_NUMBER(zx_thread_self(), zx_thread_self());
  CHECK_NUMBER(zx_job_default(), zx_job_default());
  CHECK_NUMBER(zx_vmar_root_self(), zx_vmar_root_self());
  check_named_thread();
  check_lists();
}
