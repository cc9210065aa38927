#pragma once

#include <sherpa/export.hpp>
#include <sherpa/value.hpp>

#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sherpa {

/// Parameter names with their values, sorted by name. Copies, and the configurations of one study,
/// share the memory of the names.
class SHERPA_API Configuration {
 public:
  using Names = std::vector<std::string>;  ///< sorted, without repetition

  /// A name and its value, as iteration yields them.
  struct Entry {
    const std::string& name;
    const Value& value;
  };

  class Iterator {
   public:
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const Configuration* of, std::size_t at) : of_(of), at_(at) {}
    Entry operator*() const { return {(*of_->names_)[at_], of_->values_[at_]}; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      auto old = *this;
      ++at_;
      return old;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Configuration* of_ = nullptr;
    std::size_t at_ = 0;
  };

  Configuration();
  /// Throws Exception(invalid_argument) when a name occurs twice.
  Configuration(std::initializer_list<std::pair<std::string, Value>> entries);
  /// `values[i]` is the value of `(*names)[i]`. `names` must be sorted, without repetitions.
  Configuration(std::shared_ptr<const Names> names, std::vector<Value> values);

  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, values_.size()}; }

  /// Returns the value, or null when there is no such name. Valid until the configuration changes.
  const Value* find(std::string_view name) const;
  /// Returns the value. Throws Exception(invalid_argument), which lists the names, when there is no
  /// such name.
  const Value& at(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Replaces the value of a name, or adds the name.
  void set(std::string_view name, Value value);

  /// Returns `at(name)` as a T (see Value::as); an error names the parameter. Throws
  /// Exception(invalid_argument).
  template <class T>
  T get(std::string_view name) const {
    const Value& value = at(name);
    try {
      return value.template as<T>();
    } catch (const Exception& e) {
      refuse(name, e);
    }
  }

  const std::shared_ptr<const Names>& names() const noexcept { return names_; }
  const std::vector<Value>& values() const noexcept { return values_; }

  friend SHERPA_API bool operator==(const Configuration& a, const Configuration& b);
  /// `lr=0.01, units=64`
  friend SHERPA_API std::ostream& operator<<(std::ostream& out, const Configuration& configuration);

 private:
  [[noreturn]] static void refuse(std::string_view name, const Exception& why);

  std::shared_ptr<const Names> names_;
  std::vector<Value> values_;
};

}  // namespace sherpa
