/* Doubly linked lists whose links lie in the elements. A list is a node of its own: a ring through it
 * and its elements. Functions take no NULL; those that give an element give NULL if there is none. */
#ifndef ZIRCON_LISTNODE_H_
#define ZIRCON_LISTNODE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>

__BEGIN_CDECLS

/* The struct of which `pointer` is a member. */
#ifndef containerof
#define containerof(pointer, type, member) \
  ((type*)((uintptr_t)(pointer) - offsetof(type, member)))
#endif

typedef struct list_node list_node_t;

struct list_node {
  list_node_t* prev;
  list_node_t* next;
};

#define LIST_INITIAL_VALUE(list) {&(list), &(list)}
#define LIST_INITIAL_CLEARED_VALUE {NULL, NULL}

static inline void list_initialize(list_node_t* list) {
  list->prev = list;
  list->next = list;
}

/* Marks a node as in no list. */
static inline void list_clear_node(list_node_t* item) {
  item->prev = NULL;
  item->next = NULL;
}

static inline bool list_in_list(const list_node_t* item) {
  return item->prev != NULL || item->next != NULL;
}

static inline bool list_is_empty(const list_node_t* list) { return list->next == list; }

static inline void list_add_head(list_node_t* list, list_node_t* item) {
  list_node_t* first = list->next;
  item->prev = list;
  item->next = first;
  first->prev = item;
  list->next = item;
}

static inline void list_add_tail(list_node_t* list, list_node_t* item) {
  list_add_head(list->prev, item);
}

#define list_add_after(entry, new_entry) list_add_head(entry, new_entry)
#define list_add_before(entry, new_entry) list_add_tail(entry, new_entry)

static inline void list_delete(list_node_t* item) {
  item->prev->next = item->next;
  item->next->prev = item->prev;
  list_clear_node(item);
}

/* Puts a node that is in no list in the place of one that is. */
static inline void list_replace_node(list_node_t* old_node, list_node_t* new_node) {
  list_add_head(old_node, new_node);
  list_delete(old_node);
}

static inline list_node_t* list_peek_head(const list_node_t* list) {
  return list_is_empty(list) ? NULL : list->next;
}

static inline list_node_t* list_peek_tail(const list_node_t* list) {
  return list_is_empty(list) ? NULL : list->prev;
}

static inline list_node_t* list_remove_head(list_node_t* list) {
  list_node_t* item = list_peek_head(list);
  if (item != NULL) list_delete(item);
  return item;
}

static inline list_node_t* list_remove_tail(list_node_t* list) {
  list_node_t* item = list_peek_tail(list);
  if (item != NULL) list_delete(item);
  return item;
}

static inline list_node_t* list_prev(const list_node_t* list, const list_node_t* item) {
  return item->prev == list ? NULL : item->prev;
}

static inline list_node_t* list_next(const list_node_t* list, const list_node_t* item) {
  return item->next == list ? NULL : item->next;
}

/* The same, and from one end to the other; NULL only if the list is empty. */
static inline list_node_t* list_prev_wrap(const list_node_t* list, const list_node_t* item) {
  return item->prev == list ? list_peek_tail(list) : item->prev;
}

static inline list_node_t* list_next_wrap(const list_node_t* list, const list_node_t* item) {
  return item->next == list ? list_peek_head(list) : item->next;
}

static inline size_t list_length(const list_node_t* list) {
  size_t count = 0;
  for (const list_node_t* node = list->next; node != list; node = node->next) count++;
  return count;
}

/* Moves the elements of a list to behind `pos`, a node of another. */
static inline void list_splice_after(list_node_t* splice_from, list_node_t* pos) {
  if (list_is_empty(splice_from)) return;
  list_node_t* first = splice_from->next;
  list_node_t* last = splice_from->prev;
  last->next = pos->next;
  pos->next->prev = last;
  first->prev = pos;
  pos->next = first;
  list_initialize(splice_from);
}

/* Moves what follows `pos` in `list` to `split_to`, which is empty. */
static inline void list_split_after(list_node_t* list, list_node_t* pos, list_node_t* split_to) {
  list_initialize(split_to);
  if (pos->next == list) return;
  split_to->next = pos->next;
  split_to->prev = list->prev;
  split_to->next->prev = split_to;
  split_to->prev->next = split_to;
  pos->next = list;
  list->prev = pos;
}

static inline void list_move(list_node_t* old_list, list_node_t* new_list) {
  list_initialize(new_list);
  list_splice_after(old_list, new_list);
}

/* The element of type `type` whose member `member` is the node; NULL for no node. */
static inline void* list_container(list_node_t* node, size_t offset) {
  return node == NULL ? NULL : (void*)((uintptr_t)node - offset);
}

#define list_remove_head_type(list, type, member) \
  ((type*)list_container(list_remove_head(list), offsetof(type, member)))
#define list_remove_tail_type(list, type, member) \
  ((type*)list_container(list_remove_tail(list), offsetof(type, member)))
#define list_peek_head_type(list, type, member) \
  ((type*)list_container(list_peek_head(list), offsetof(type, member)))
#define list_peek_tail_type(list, type, member) \
  ((type*)list_container(list_peek_tail(list), offsetof(type, member)))
#define list_prev_type(list, item, type, member) \
  ((type*)list_container(list_prev(list, item), offsetof(type, member)))
#define list_next_type(list, item, type, member) \
  ((type*)list_container(list_next(list, item), offsetof(type, member)))
#define list_prev_wrap_type(list, item, type, member) \
  ((type*)list_container(list_prev_wrap(list, item), offsetof(type, member)))
#define list_next_wrap_type(list, item, type, member) \
  ((type*)list_container(list_next_wrap(list, item), offsetof(type, member)))

/* Loops over nodes and over elements; with _safe the present one may be deleted meanwhile. */
#define list_for_every(list, node) \
  for ((node) = (list)->next; (node) != (list); (node) = (node)->next)
#define list_for_every_safe(list, node, temp_node)                         \
  for ((node) = (list)->next, (temp_node) = (node)->next; (node) != (list); \
       (node) = (temp_node), (temp_node) = (node)->next)
#define list_for_every_entry(list, entry, type, member)                               \
  for ((entry) = containerof((list)->next, type, member); &(entry)->member != (list); \
       (entry) = containerof((entry)->member.next, type, member))
#define list_for_every_entry_safe(list, entry, temp_entry, type, member) \
  for ((entry) = containerof((list)->next, type, member),                \
      (temp_entry) = containerof((entry)->member.next, type, member);    \
       &(entry)->member != (list); (entry) = (temp_entry),               \
      (temp_entry) = containerof((temp_entry)->member.next, type, member))

__END_CDECLS

#endif /* ZIRCON_LISTNODE_H_ */
