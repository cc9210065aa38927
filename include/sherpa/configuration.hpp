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

/// Parameter names and the values chosen for them, sorted by name. Configurations of one study
/// share their names.
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
  /// Throws Exception(invalid_argument) when a name comes twice.
  Configuration(std::initializer_list<std::pair<std::string, Value>> entries);
  /// `values[i]` belongs to `(*names)[i]`; `names` is sorted and free of repetitions.
  Configuration(std::shared_ptr<const Names> names, std::vector<Value> values);

  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, values_.size()}; }

  /// Null when there is no such name.
  const Value* find(std::string_view name) const;
  /// Throws Exception(invalid_argument), with the names there are, when there is no such name.
  const Value& at(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Adds the name or replaces its value.
  void set(std::string_view name, Value value);

  /// `at(name)` as a T (see Value::as); errors name the parameter.
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
