#include "core/base/console.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace sherpa::base {

namespace {

constexpr std::size_t most_waiting = 256 * 1024;
constexpr Duration last_wait = std::chrono::seconds(1);

/// Keeps SIGPIPE away from this thread, and takes back one that a write here raised.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    const int saved = errno;
    const timespec at_once{};
    while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {}
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = saved;
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

/// A way to the same file on which writes do not wait. O_NONBLOCK on the given descriptor itself
/// would also change it for every other process that shares it, such as the shell; so pipes and
/// terminals are opened anew.
class WithoutWaiting {
 public:
  explicit WithoutWaiting(int descriptor) : given_(descriptor) {
    struct stat what {};
    if (fstat(descriptor, &what) != 0) return;
    socket_ = S_ISSOCK(what.st_mode);
    waits_ = S_ISFIFO(what.st_mode) || S_ISCHR(what.st_mode);
    if (waits_)
      own_ = open(("/proc/self/fd/" + std::to_string(descriptor)).c_str(),
                  O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  }
  ~WithoutWaiting() {
    if (own_ >= 0) close(own_);
  }
  WithoutWaiting(const WithoutWaiting&) = delete;
  WithoutWaiting& operator=(const WithoutWaiting&) = delete;

  /// Bytes written; 0 where there is no room; -1 where nobody will ever read them.
  ssize_t write(std::string_view text) const {
    ssize_t count = 0;
    do {
      if (socket_) {
        count = send(given_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      } else if (own_ >= 0) {
        count = ::write(own_, text.data(), text.size());
      } else if (!waits_ || has_room(0)) {
        // A pipe that has room takes PIPE_BUF bytes without waiting.
        count = ::write(given_, text.data(),
                        waits_ ? std::min<std::size_t>(text.size(), 512) : text.size());
      } else {
        return 0;
      }
    } while (count < 0 && errno == EINTR);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    return count;
  }
  bool has_room(int milliseconds) const {
    pollfd one{own_ >= 0 ? own_ : given_, POLLOUT, 0};
    return poll(&one, 1, milliseconds) > 0;
  }

 private:
  int given_;
  int own_ = -1;
  bool socket_ = false, waits_ = false;
};

}  // namespace

Console::~Console() { flush(last_wait); }

Console& Console::errors() {
  static Console one(STDERR_FILENO);
  return one;
}

void Console::write(std::string_view text) {
  std::scoped_lock lock(mutex_);
  if (waiting_.size() + text.size() > most_waiting) {
    write_waiting(Duration::zero());
    if (waiting_.size() + text.size() > most_waiting) {
      lost_ += text.size();
      return;
    }
  }
  if (lost_ > 0 && waiting_.size() + text.size() + 80 <= most_waiting) {
    waiting_ += "sherpa: " + std::to_string(lost_) + " bytes of output are missing here\n";
    lost_ = 0;
  }
  waiting_ += text;
  write_waiting(Duration::zero());
}

bool Console::draw(std::string_view frame) {
  std::scoped_lock lock(mutex_);
  write_waiting(Duration::zero());
  if (!waiting_.empty()) return false;
  waiting_ = frame;
  write_waiting(Duration::zero());
  return true;
}

void Console::flush(Duration limit) {
  std::scoped_lock lock(mutex_);
  write_waiting(limit);
}

void Console::write_waiting(Duration limit) {
  if (waiting_.empty()) return;
  const NoPipeSignal guard;
  const WithoutWaiting to(descriptor_);
  const auto until = std::chrono::steady_clock::now() + limit;
  std::size_t done = 0;
  while (done < waiting_.size()) {
    const auto count = to.write(std::string_view(waiting_).substr(done));
    if (count < 0) {
      done = waiting_.size();
    } else if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          until - std::chrono::steady_clock::now());
      if (left.count() <= 0 || !to.has_room(static_cast<int>(left.count()))) break;
    }
  }
  waiting_.erase(0, done);
}

}  // namespace sherpa::base
