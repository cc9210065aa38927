#pragma once

#include "core/base/files.hpp"
#include "core/base/result.hpp"
#include "core/study/fact_codec.hpp"
#include "runtime/store/sqlite_format.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sherpa::runtime {

/// The two files of a store as they lie on disk, read without SQLite and without changing them:
/// whether they look sound, and which facts a damaged store still holds.
///
/// SQLite must not have the store open: that these files are closed would drop its locks.
class RawStore {
 public:
  static constexpr std::size_t page_size = sqlite_format::page_size;
  using Page = sqlite_format::Page;

  /// `path` is that of study.db; neither it nor its write-ahead log need be there. Errors: store,
  /// when they cannot be read.
  static Result<RawStore> open(const std::filesystem::path& path);

  bool absent() const { return db_.size == 0 && wal_.size == 0; }
  bool has_wal() const { return wal_.size > 0; }

  enum class Health {
    sound,
    suspicious,  ///< not as we leave it, but possibly changed by a user with SQLite: SQLite's
                 ///< own check decides
    damaged,
  };
  /// Looks at what nothing would miss before it is too late: the first page, which should be as
  /// `first_page` of an empty store; the pages that the next fact goes to; the log. All other
  /// damage shows when the facts are read.
  Health health(std::string_view first_page) const;

  /// What the header says.
  struct Header {
    bool sqlite = false;
    std::uint32_t application_id = 0;
    std::uint32_t version = 0;
  };
  Header header() const;

  /// Looks for facts in every page that was committed; needed before the next three.
  void search();
  /// Facts 1 … kept can be read, and are whole groups.
  study::Seq kept() const { return kept_; }
  /// Whether there are traces of more.
  bool lost() const { return lost_; }
  /// Fact `seq` ≤ kept.
  bool read(study::Seq seq, study::StoredFact& fact);

 private:
  struct File {
    base::Descriptor fd;
    std::uint64_t size = 0;
    /// What cannot be read is zero: a bad sector is damage like any other.
    void read(std::uint64_t offset, unsigned char* to, std::size_t size) const;
  };
  /// Where a page was found, in the database or in its log.
  struct Image {
    bool in_wal = false;
    std::uint64_t offset = 0;
    std::uint32_t number = 0;
    friend bool operator==(const Image&, const Image&) = default;
  };
  struct Place {
    study::Seq seq = 0;
    Image image{};
    std::uint16_t at = 0;
    bool ends_group = false;
  };
  /// A page with something in it that could not be read.
  struct Doubtful {
    Image image{};
    study::Seq highest = 0;  ///< the last fact on it, going by its others
  };

  void read_wal();
  bool log_is_in_database() const;
  void page(const Image& image, Page& page) const;
  bool page(std::uint32_t number, Page& page) const;
  bool read_fact(const Page& page, std::size_t at, study::StoredFact& fact,
                 std::vector<std::uint32_t>* overflow) const;
  void look_at(const Image& image);
  bool sift(const Doubtful& doubtful);
  bool had_facts(const Image& image) const;
  void refer_to(std::uint32_t number);
  std::uint32_t pages() const {
    return static_cast<std::uint32_t>((db_.size + page_size - 1) / page_size);
  }

  File db_, wal_;
  std::vector<Image> frames_;                        ///< of the log, up to the last commit
  std::unordered_map<std::uint32_t, Image> newest_;  ///< of each page in the log
  bool wal_damaged_ = false;
  std::vector<Place> places_;
  std::vector<Doubtful> doubtful_;
  std::unordered_set<std::uint32_t> overflow_;
  std::uint32_t page_count_ = 0;
  study::Seq kept_ = 0, highest_ = 0;
  bool lost_ = false;
  Image last_read_{};
  Page last_page_{};
};

}  // namespace sherpa::runtime
