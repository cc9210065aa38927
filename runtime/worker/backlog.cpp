#include "runtime/worker/backlog.hpp"

#include "core/base/log.hpp"
#include "core/link/link_messages.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

namespace sherpa::runtime {

namespace {

namespace fs = std::filesystem;

fs::path place() {
  std::error_code error;
  auto path = fs::temp_directory_path(error);
  return error ? fs::path("/tmp") : path;
}

}  // namespace

bool Backlog::full() const {
  if (cannot_) return oldest_.size() + newest_.size() >= 2 * limits_.in_memory;
  return end_ >= limits_.on_disk && newest_.size() >= limits_.chunk;
}

void Backlog::push(Observation seen) {
  ++size_;
  if (chunks_.empty() && newest_.empty() && oldest_.size() < limits_.in_memory) {
    oldest_.push_back(std::move(seen));
    return;
  }
  newest_.push_back(std::move(seen));
  if (newest_.size() >= limits_.chunk && !cannot_ && end_ < limits_.on_disk) spill();
}

void Backlog::spill() {
  link::Batch chunk;
  chunk.trial = chunk.attempt = chunk.number = 1;
  chunk.observations.assign(newest_.begin(), newest_.end());
  auto bytes = link::encode(chunk);
  if (!write(bytes)) {
    base::log(
        LogLevel::warning,
        base::file_error("cannot keep observations in a file that is to be in", place(), errno)
                .message +
            "; they are kept in memory, and trials wait when that is full");
    cannot_ = true;
    return;
  }
  chunks_.push_back({end_, bytes.size(), newest_.size()});
  end_ += bytes.size();
  newest_.clear();
}

bool Backlog::write(const std::string& bytes) {
  if (!file_)
    file_ = base::Descriptor(::open(place().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file_) {  // a file system without such files
    auto name = (place() / "sherpa-XXXXXX").string();
    file_ = base::Descriptor(::mkostemp(name.data(), O_CLOEXEC));
    if (file_) ::unlink(name.c_str());
  }
  if (!file_) return false;
  for (std::size_t done = 0; done < bytes.size();) {
    auto n = ::pwrite(file_.get(), bytes.data() + done, bytes.size() - done,
                      static_cast<off_t>(end_ + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

Result<std::vector<Observation>> Backlog::take(std::size_t most) {
  if (oldest_.empty() && !chunks_.empty())
    if (auto read = read_oldest(); !read) return read.error();
  if (oldest_.empty()) oldest_.swap(newest_);
  auto n = static_cast<std::ptrdiff_t>(std::min(most, oldest_.size()));
  std::vector<Observation> out(std::make_move_iterator(oldest_.begin()),
                               std::make_move_iterator(oldest_.begin() + n));
  oldest_.erase(oldest_.begin(), oldest_.begin() + n);
  size_ -= out.size();
  if (size_ == 0) cannot_ = false;  // there may be room again
  return out;
}

Result<void> Backlog::read_oldest() {
  const Chunk chunk = chunks_.front();
  std::string bytes(chunk.bytes, '\0');
  std::size_t done = 0;
  int number = 0;
  while (done < bytes.size()) {
    auto n = ::pread(file_.get(), bytes.data() + done, bytes.size() - done,
                     static_cast<off_t>(chunk.offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      number = n < 0 ? errno : EIO;
      break;
    }
    done += static_cast<std::size_t>(n);
  }
  chunks_.pop_front();
  if (chunks_.empty()) {  // the disk gets its room back
    end_ = 0;
    cannot_ = false;
    if (::ftruncate(file_.get(), 0) != 0) file_ = base::Descriptor();
  }
  Result<link::Message> message =
      base::file_error("cannot read observations back from a file in", place(), number);
  if (number == 0) message = link::decode(bytes);
  if (!message) {
    size_ -= chunk.count;
    return message.error();
  }
  auto& back = std::get<link::Batch>(*message).observations;
  oldest_.assign(std::make_move_iterator(back.begin()), std::make_move_iterator(back.end()));
  return {};
}

void Backlog::clear() {
  oldest_.clear();
  newest_.clear();
  chunks_.clear();
  file_ = base::Descriptor();
  size_ = 0;
  end_ = 0;
  cannot_ = false;
}

}  // namespace sherpa::runtime
