// A spawner is this program, started again, that never reaches its main: it loads FFmpeg's libraries once (a hundred of
// them, 25 ms) and forks a child for every file, which has them then. Go cannot fork, and what forks must not have
// decoded anything: a hostile file ends its own child at worst.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "child.h"

// glibc hands a constructor the arguments of main; other C libraries do not.
#if defined(__linux__) && defined(__GLIBC__)

int segue_spawner_built(void) { return 1; }

// Receives a request and its two descriptors; 0 at the end.
static int receive(segue_request *request, int fds[2]) {
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
  } control;
  struct iovec iov = {request, sizeof *request};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t n;
  do {
    n = recvmsg(SEGUE_SPAWNER_SOCKET, &m, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  if (n != sizeof *request || c == NULL || c->cmsg_len != CMSG_LEN(2 * sizeof(int))) return 0;
  memcpy(fds, CMSG_DATA(c), 2 * sizeof(int));
  request->demuxer[sizeof request->demuxer - 1] = 0;
  return 1;
}

static void serve(void) {
  pid_t parent = getppid();
  segue_request request;
  int fds[2];
  while (receive(&request, fds)) {
    // The child is the server's, not ours (CLONE_PARENT): the server kills it and learns how it ended, as with a
    // program that it starts itself. fork() has no word for that. There is one thread, so no lock is held across it.
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
      close(SEGUE_SPAWNER_SOCKET);
      segue_child_run(&request, fds[0], fds[1], parent);
    }
    segue_answer answer = {pid < 0 ? -errno : pid};
    close(fds[0]);
    close(fds[1]);
    if (send(SEGUE_SPAWNER_SOCKET, &answer, sizeof answer, MSG_NOSIGNAL) < 0) return;
  }
}

__attribute__((constructor)) static void spawner(int argc, char **argv) {
  if (argc != 1 || strcmp(argv[0], SEGUE_SPAWNER_NAME) != 0) return;
  prctl(PR_SET_NAME, SEGUE_SPAWNER_NAME);
  segue_hello hello = {{0}};
  const char *refusal = segue_libav_load();
  if (refusal != NULL) strncpy(hello.refusal, refusal, sizeof hello.refusal - 1);
  if (send(SEGUE_SPAWNER_SOCKET, &hello, sizeof hello, MSG_NOSIGNAL) > 0 && refusal == NULL) serve();
  _exit(0);
}

#else

int segue_spawner_built(void) { return 0; }

#endif
