#include "core/space/column_names.hpp"
#include "core/space/json.hpp"
#include "core/study/ledger.hpp"
#include "core/study/metric_limit.hpp"

#include <sherpa/results.hpp>

#include <charconv>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

// SHERPA's table as CSV.
namespace sherpa {

namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double x = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  return error == std::errc() && end == text.data() + text.size();
}

/// Whether a spreadsheet would take the text for a formula.
bool is_formula(std::string_view text) {
  constexpr std::string_view first = "=+-@\t\r";
  return !text.empty() && first.find(text.front()) != std::string_view::npos && !is_number(text);
}

/// A line of comma-separated fields.
class Line {
 public:
  explicit Line(CsvText text) : guards_(text == CsvText::guarded) {}

  /// A number, or another field of ours.
  void put(std::string_view field) {
    begin_field();
    text_ += field;
  }
  /// RFC 4180: quoted where the field holds a comma, a quote or a line break.
  void put_text(std::string_view field) {
    begin_field();
    const bool guarded = guards_ && is_formula(field);
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
      if (guarded) text_ += '\'';
      text_ += field;
      return;
    }
    text_ += guarded ? "\"'" : "\"";
    for (char c : field) {
      if (c == '"') text_ += '"';
      text_ += c;
    }
    text_ += '"';
  }
  void put_fields(const std::string& fields) {
    begin_field();
    text_ += fields;
  }
  const std::string& text() const { return text_; }
  void clear() {
    text_.clear();
    begun_ = false;
  }

 private:
  void begin_field() {
    if (begun_) text_ += ',';
    begun_ = true;
  }

  std::string text_;
  bool begun_ = false;
  const bool guards_;
};

/// The metrics that have a column, and those behind them, which share one.
struct MetricColumns {
  std::vector<std::string> own;
  bool share = false;
};

MetricColumns columns_of(const std::set<std::string>& metrics) {
  MetricColumns columns;
  for (const auto& name : metrics) {
    if (columns.own.size() == study::most_metrics) {
      columns.share = true;
      break;
    }
    columns.own.push_back(name);
  }
  return columns;
}

/// The metrics of a row, which are sorted, as are the columns.
void put_metrics(const study::Ledger& ledger, std::uint32_t row, const MetricColumns& columns,
                 Line& line) {
  static const std::vector<std::string> none;
  const auto schema = ledger.schema(row);
  const auto& names = schema == 0 ? none : ledger.metric_names(schema - 1);
  std::size_t i = 0;
  for (const auto& name : columns.own) {
    const bool has = i < names.size() && names[i] == name;
    line.put(has ? show(ledger.context_value(row, i)) : "");
    if (has) ++i;
  }
  if (!columns.share) return;
  std::string further;
  for (; i < names.size(); ++i)
    further.append(further.empty() ? "{" : ", ")
        .append(space::json::Json(names[i]).dump(-1, ' ', false,
                                                 space::json::Json::error_handler_t::replace))
        .append(": ")
        .append(show(ledger.context_value(row, i)));
  line.put_text(further.empty() ? further : further.append("}"));
}

}  // namespace

void Results::write_csv(std::ostream& out, CsvText text) const {
  // Columns: every name that any row has. Names come in few different sets, so each set is looked
  // at once.
  std::unordered_set<const Configuration::Names*> name_sets;
  std::unordered_set<std::uint32_t> schemas;
  std::set<std::string> parameters, metrics;
  for (std::uint32_t row = skip_withdrawn(0); row < rows_; row = skip_withdrawn(row + 1)) {
    const auto* names = ledger_->configuration(ledger_->trial(row)).names().get();
    if (name_sets.insert(names).second) parameters.insert(names->begin(), names->end());
    if (auto schema = ledger_->schema(row); schema != 0 && schemas.insert(schema).second) {
      const auto& named = ledger_->metric_names(schema - 1);
      metrics.insert(named.begin(), named.end());
    }
  }
  const auto columns = columns_of(metrics);
  const space::ColumnNames shown(parameters);

  Line line(text);
  for (const char* name : {"Trial-ID", "Status", "Iteration"}) line.put(name);
  for (const auto& name : parameters) line.put_text(shown.of_parameter(name));
  line.put("Objective");
  for (const auto& name : columns.own) line.put_text(shown.of_metric(name));
  if (columns.share) line.put(space::further_metrics);
  out << line.text() << '\n';

  // A trial's parameters are the same in all its rows, and its rows tend to follow one another.
  TrialId cached_trial = 0;
  Line cached(text);
  for (std::uint32_t row = skip_withdrawn(0); row < rows_; row = skip_withdrawn(row + 1)) {
    TrialId trial = ledger_->trial(row);
    if (trial != cached_trial) {
      cached.clear();
      const auto& configuration = ledger_->configuration(trial);
      for (const auto& name : parameters) {
        const Value* value = configuration.find(name);
        cached.put_text(value ? value->show() : "");
      }
      cached_trial = trial;
    }
    line.clear();
    line.put(std::to_string(trial));
    line.put(show(ledger_->status(row)));
    line.put(std::to_string(ledger_->iteration(row)));
    if (!parameters.empty()) line.put_fields(cached.text());
    line.put(show(ledger_->objective(row)));
    put_metrics(*ledger_, row, columns, line);
    out << line.text() << '\n';
  }
}

}  // namespace sherpa
