// Every shape as a change of one line.
#include "mock_providers/sse_shapes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chaos::mock_providers {

namespace {

constexpr std::string_view data_prefix = "data: ";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string without_space(std::string_view line)
{
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return std::string(line);
    return std::string(line.substr(0, colon + 1)) + std::string(line.substr(colon + 2));
}

/// A line break is white space to JSON, after its first brace and before its last.
std::string over_several_lines(std::string_view line)
{
    const bool holds_object = line.starts_with("data: {") && line.ends_with("}") && line.size() > data_prefix.size() + 2;
    if (!holds_object) return std::string(line);
    const std::string_view members = line.substr(data_prefix.size() + 1, line.size() - data_prefix.size() - 2);
    return "data: {\ndata: " + std::string(members) + "\ndata: }";
}

std::string with_double_prefix(std::string_view line)
{
    return line.starts_with(data_prefix) ? std::string(data_prefix) + std::string(line) : std::string(line);
}

std::string respelt(std::string_view line, SseShape shape)
{
    switch (shape) {
        case SseShape::no_space: return without_space(line);
        case SseShape::multi_line: return over_several_lines(line);
        case SseShape::double_prefix: return with_double_prefix(line);
        default: return std::string(line);
    }
}

class SseFilter final : public BodyFilter {
public:
    explicit SseFilter(SseShape shape) : shape_(shape) {}

    std::string pass(std::string_view bytes) override
    {
        std::string out;
        while (!bytes.empty()) {
            const std::size_t end = std::min(bytes.find('\n'), bytes.size());
            add_line(out, bytes.substr(0, end), end < bytes.size());
            bytes.remove_prefix(std::min(end + 1, bytes.size()));
        }
        return out;
    }

private:
    void add_line(std::string& out, std::string_view line, bool ends)
    {
        if (between_events_) out += before_event();
        between_events_ = line.empty();
        out += respelt(line, shape_);
        if (ends) out += line_end();
    }

    /// What goes before the event that begins here.
    std::string_view before_event()
    {
        constexpr std::string_view comments[] = {": OPENROUTER PROCESSING\n\n", ": keep-alive\n\n", ":\n\n",
                                                 ": x-request-cost: 0.0001\n\n"};
        const std::size_t nth = events_++;
        switch (shape_) {
            case SseShape::bom: return nth == 0 ? byte_order_mark : "";
            case SseShape::comment_as_data: return nth == 0 ? "data: : OPENROUTER PROCESSING\n\n" : "";
            case SseShape::comments: return comments[nth % std::size(comments)];
            default: return "";
        }
    }

    std::string_view line_end()
    {
        constexpr std::string_view by_turns[] = {"\r\n", "\n", "\r"};
        switch (shape_) {
            case SseShape::crlf: return "\r\n";
            case SseShape::bare_cr: return "\r";
            case SseShape::mixed: return by_turns[lines_++ % std::size(by_turns)];
            default: return "\n";
        }
    }

    SseShape shape_;
    bool between_events_ = true;
    std::size_t lines_ = 0;
    std::size_t events_ = 0;
};

class Holding final : public BodyFilter {
public:
    std::string pass(std::string_view bytes) override
    {
        held_ += bytes;
        return "";
    }
    std::string finish() override { return std::move(held_); }

private:
    std::string held_;
};

}  // namespace

std::unique_ptr<BodyFilter> sse_filter(SseShape shape)
{
    if (shape == SseShape::one_segment) return std::make_unique<Holding>();
    return std::make_unique<SseFilter>(shape);
}

}  // namespace chaos::mock_providers
