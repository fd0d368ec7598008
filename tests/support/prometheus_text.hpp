// A strict reader of Prometheus's text format 0.0.4.
#pragma once

#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace chaos::testing {

using PrometheusLabels = std::map<std::string, std::string>;

struct PrometheusText {
    std::map<std::pair<std::string, PrometheusLabels>, double> samples;
    std::string problems;  ///< a line each

    std::optional<double> value(const std::string& name, const PrometheusLabels& labels) const
    {
        const auto found = samples.find({name, labels});
        return found == samples.end() ? std::nullopt : std::optional(found->second);
    }
};

class PrometheusReader {
public:
    PrometheusText read(const std::string& text)
    {
        if (text.empty() || text.back() != '\n') complain("no end of line at the end");
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            if (line.rfind("# ", 0) == 0) {
                read_comment(line);
            } else if (!line.empty()) {
                read_sample(line);
            }
        }
        end_family();
        return std::move(result_);
    }

private:
    void complain(const std::string& what) { result_.problems += what + "\n"; }

    void read_comment(const std::string& line)
    {
        std::istringstream words(line);
        std::string hash, kind, name, rest;
        words >> hash >> kind >> name;
        if (kind == "HELP") {
            end_family();
            family_ = name;
            type_.clear();
            if (!std::regex_match(name, std::regex("[a-zA-Z_:][a-zA-Z0-9_:]*"))) complain("no name: " + line);
            if (!seen_.insert(name).second) complain("a family twice: " + line);
        } else if (kind == "TYPE") {
            words >> rest;
            if (name != family_) complain("TYPE without HELP: " + line);
            type_ = rest;
            if (type_ == "counter" && !family_.ends_with("_total")) complain("a counter without _total: " + line);
        }
    }

    void read_sample(const std::string& line)
    {
        std::size_t at = line.find_first_of("{ ");
        const std::string name = line.substr(0, at);
        PrometheusLabels labels;
        if (at != std::string::npos && line[at] == '{') at = read_labels(line, at + 1, labels);
        if (at == std::string::npos || at >= line.size() || line[at] != ' ') return complain("cannot be read: " + line);
        const std::string number = line.substr(at + 1);
        char* end = nullptr;
        const double value = std::strtod(number.c_str(), &end);
        if (number.empty() || *end != '\0') complain("no number: " + line);
        if (type_ == "counter" && value < 0) complain("below nothing: " + line);
        if (!belongs(name)) complain("of no family: " + line);
        if (!result_.samples.emplace(std::pair(name, labels), value).second) complain("twice: " + line);
        if (type_ == "histogram") take_part(name.substr(std::min(name.size(), family_.size())), labels, value, line);
    }

    std::size_t read_labels(const std::string& line, std::size_t at, PrometheusLabels& labels)
    {
        while (at < line.size() && line[at] != '}') {
            const std::size_t equals = line.find('=', at);
            if (equals == std::string::npos || equals + 1 >= line.size() || line[equals + 1] != '"') return std::string::npos;
            const std::string name = line.substr(at, equals - at);
            if (!std::regex_match(name, std::regex("[a-zA-Z_][a-zA-Z0-9_]*"))) return std::string::npos;
            std::string value;
            for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
                if (line[at] != '\\') {
                    value += line[at];
                } else if (++at < line.size()) {
                    value += line[at] == 'n' ? '\n' : line[at];
                }
            }
            if (!labels.emplace(name, value).second) complain("a label twice: " + line);
            if (++at < line.size() && line[at] == ',') ++at;
        }
        return at < line.size() ? at + 1 : std::string::npos;
    }

    bool belongs(const std::string& name) const
    {
        if (type_ != "histogram") return name == family_ && !type_.empty();
        return name == family_ + "_bucket" || name == family_ + "_sum" || name == family_ + "_count";
    }

    struct Histogram {
        double last_bound = -INFINITY;
        double last = 0;
        std::optional<double> count;
    };

    void take_part(const std::string& part, PrometheusLabels labels, double value, const std::string& line)
    {
        std::string bound;
        if (const auto le = labels.find("le"); le != labels.end()) {
            bound = le->second;
            labels.erase(le);
        }
        Histogram& histogram = histograms_[labels];
        if (part == "_count") histogram.count = value;
        if (part != "_bucket") return;
        const double le = std::strtod(bound.c_str(), nullptr);
        if (bound.empty() || le <= histogram.last_bound) complain("bounds do not rise: " + line);
        if (value < histogram.last) complain("buckets fall: " + line);
        histogram.last_bound = le;
        histogram.last = value;
    }

    void end_family()
    {
        for (const auto& [labels, histogram] : histograms_) {
            if (!std::isinf(histogram.last_bound)) complain(family_ + ": no bucket without end");
            if (histogram.count != histogram.last) complain(family_ + ": the count is another");
        }
        histograms_.clear();
    }

    PrometheusText result_;
    std::string family_;
    std::string type_;
    std::set<std::string> seen_;
    std::map<PrometheusLabels, Histogram> histograms_;
};

inline PrometheusText read_prometheus(const std::string& text)
{
    return PrometheusReader().read(text);
}

}  // namespace chaos::testing
