// Writes and reads history.jsonl; one table of text fields serves both ways.
#include "history/json_lines.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <concepts>
#include <stdexcept>

#include "net/json.hpp"

namespace chaos::history {
namespace {

namespace ondemand = simdjson::ondemand;

template <class Row>
struct TextField {
    std::string_view name;
    std::string Row::*member;
};
constexpr TextField<Event> event_texts[] = {
    {"task", &Event::task},         {"request", &Event::request},
    {"attempt", &Event::attempt},   {"provider", &Event::provider},
    {"fault", &Event::fault},       {"tool", &Event::tool},
    {"effect", &Event::effect},     {"key", &Event::key},
    {"caller", &Event::caller},
    {"finish", &Event::finish},     {"error_type", &Event::error_type},
    {"expected", &Event::expected}, {"text", &Event::text},
};
constexpr TextField<Note> note_texts[] = {
    {"source", &Note::source},
    {"request", &Note::request},
    {"provider", &Note::provider},
    {"text", &Note::text},
};

constexpr std::string_view header = R"({"chaos_history":1})";
static_assert(format_version == 1, "header and the reader's members follow the version");

// ---- writing --------------------------------------------------------------------------------------------------------

/// Appends the members of one object; empty values are left out.
class ObjectWriter {
public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

    void text(std::string_view name, std::string_view value)
    {
        if (value.empty()) return;
        begin(name);
        net::append_json_string(out_, value);
    }
    void word(std::string_view name, std::string_view value)  // a word of ours: nothing in it needs escaping
    {
        begin(name);
        out_ += '"';
        out_ += value;
        out_ += '"';
    }
    template <std::integral Number>
    void number(std::string_view name, Number value)
    {
        begin(name);
        char digits[24];
        const auto written = std::to_chars(digits, digits + sizeof digits, value);
        out_.append(digits, written.ptr);
    }
    template <std::integral Number>
    void number_unless_zero(std::string_view name, Number value)
    {
        if (value != 0) number(name, value);
    }
    void begin(std::string_view name)
    {
        if (!first_) out_ += ',';
        first_ = false;
        out_ += '"';
        out_ += name;
        out_ += "\":";
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
    bool first_ = true;
};

void append_hex(std::string& out, std::uint64_t value)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) out += digits[(value >> shift) & 0xFU];
}

void append_marks(ObjectWriter& writer, std::string& out, const std::vector<std::string>& marks)
{
    if (marks.empty()) return;
    writer.begin("marks");
    char separator = '[';
    for (const std::string& mark : marks) {
        out += separator;
        net::append_json_string(out, mark);
        separator = ',';
    }
    out += ']';
}

/// Each turn as [role, digest, label]: turns are most of the file. The digest is hexadecimal text, since many readers
/// of JSON cannot hold 64-bit integers.
void append_turns(ObjectWriter& writer, std::string& out, const std::vector<Turn>& turns)
{
    if (turns.empty()) return;
    writer.begin("turns");
    char separator = '[';
    for (const Turn& turn : turns) {
        out += separator;
        out += '[';
        net::append_json_string(out, turn.role);
        out += ",\"";
        append_hex(out, turn.digest);
        out += "\",";
        net::append_json_string(out, turn.label);
        out += ']';
        separator = ',';
    }
    out += ']';
}

// ---- reading --------------------------------------------------------------------------------------------------------

/// What is wrong with a line, in words.
struct Unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class Enum>
void read_word(std::string_view name, std::string_view text, Enum& value)
{
    if (!read_spelling(text, value)) throw Unreadable(fmt::format("unknown {} '{}'", name, text));
}

template <class Row, std::size_t size>
bool read_text(const TextField<Row> (&fields)[size], std::string_view name, ondemand::value& value, Row& row)
{
    for (const TextField<Row>& field : fields) {
        if (field.name != name) continue;
        row.*field.member = std::string_view(value.get_string());
        return true;
    }
    return false;
}

std::uint64_t read_hex(std::string_view text)
{
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        throw Unreadable("a digest is not hexadecimal");
    return value;
}

Turn read_turn(ondemand::array parts)
{
    Turn turn;
    int index = 0;
    for (auto part : parts) {
        const std::string_view text = part.get_string();
        if (index == 0)
            turn.role = text;
        else if (index == 1)
            turn.digest = read_hex(text);
        else
            turn.label = text;
        ++index;
    }
    if (index != 3) throw Unreadable("a turn is not [role, digest, label]");
    return turn;
}

void read_marks(ondemand::value& value, std::vector<std::string>& marks)
{
    for (auto mark : value.get_array()) marks.emplace_back(std::string_view(mark.get_string()));
}

void read_turns(ondemand::value& value, std::vector<Turn>& turns)
{
    for (auto turn : value.get_array()) turns.push_back(read_turn(turn.get_array()));
}

bool read_enumerated(std::string_view name, ondemand::value& value, Event& event)
{
    if (name == "actor")
        read_word(name, value.get_string(), event.actor);
    else if (name == "kind")
        read_word(name, value.get_string(), event.kind);
    else if (name == "outcome")
        read_word(name, value.get_string(), event.outcome);
    else if (name == "ending")
        read_word(name, value.get_string(), event.ending);
    else if (name == "evidence")
        read_word(name, value.get_string(), event.evidence);
    else
        return false;
    return true;
}

bool read_number(std::string_view name, ondemand::value& value, Event& event)
{
    if (name == "n")
        event.number = value.get_uint64();
    else if (name == "at")
        event.at = net::Instant(net::Duration(std::int64_t(value.get_int64())));
    else if (name == "step")
        event.step = static_cast<int>(std::int64_t(value.get_int64()));
    else if (name == "ordinal")
        event.ordinal = value.get_uint64();
    else if (name == "value")
        event.value = value.get_int64();
    else if (name == "status")
        event.status = static_cast<int>(std::int64_t(value.get_int64()));
    else if (name == "flag")
        event.flag = value.get_bool();
    else
        return false;
    return true;
}

Event read_event(ondemand::object object)
{
    Event event;
    for (auto field : object) {
        const std::string_view name = field.unescaped_key();
        ondemand::value value = field.value();
        if (read_text(event_texts, name, value, event) || read_number(name, value, event) ||
            read_enumerated(name, value, event)) {
            continue;
        }
        if (name == "marks")
            read_marks(value, event.marks);
        else if (name == "turns")
            read_turns(value, event.turns);
        else
            throw Unreadable(fmt::format("unknown member '{}'", name));
    }
    if (event.number == 0) throw Unreadable("an event without its number");
    return event;
}

Note read_note(ondemand::object object)
{
    Note note;
    for (auto field : object) {
        const std::string_view name = field.unescaped_key();
        ondemand::value value = field.value();
        if (read_text(note_texts, name, value, note)) continue;
        if (name == "note")
            note.kind = std::string_view(value.get_string());
        else if (name == "at")
            note.at = net::Instant(net::Duration(std::int64_t(value.get_int64())));
        else
            throw Unreadable(fmt::format("unknown member '{}'", name));
    }
    return note;
}

/// Reads line by line into a history; remembers the first problem.
class LineReader {
public:
    explicit LineReader(ReadHistory& read) : read_(read) {}

    /// The reason why `line` cannot be used, or nothing.
    std::string take(std::string_view line)
    {
        try {
            take_object(line);
            return "";
        } catch (const Unreadable& problem) {
            return problem.what();
        } catch (const simdjson::simdjson_error& problem) {
            return problem.what();
        }
    }
    bool ended() const { return ended_; }

    static constexpr std::string_view interrupted_line = R"({"interrupted":true})";

private:
    void take_object(std::string_view line)
    {
        if (seen_header_ && line == interrupted_line) {
            read_.history.interrupted = true;
            return;
        }
        buffer_.reserve(line.size() + simdjson::SIMDJSON_PADDING);
        buffer_.assign(line);
        ondemand::document document = parser_.iterate(buffer_.data(), buffer_.size(), buffer_.capacity());
        if (!seen_header_)
            take_header(document.get_object());
        else if (line.starts_with(R"({"note")"))
            read_.history.notes.push_back(read_note(document.get_object()));
        else
            take_event(read_event(document.get_object()));
        const char* rest = nullptr;
        if (document.current_location().get(rest) == simdjson::SUCCESS)
            throw Unreadable("something follows the object");
    }

    void take_header(ondemand::object object)
    {
        std::int64_t version = 0;
        for (auto field : object) {
            if (std::string_view(field.unescaped_key()) == "chaos_history") version = field.value().get_int64();
        }
        if (version == 0) throw Unreadable(fmt::format("not a history: expected {}", header));
        if (version > format_version) {
            throw Unreadable(fmt::format("history format {} is newer than {}, the newest that this program reads",
                                         version, format_version));
        }
        seen_header_ = true;
    }

    void take_event(Event event)
    {
        if (event.kind == Kind::run_ended) {
            ended_ = true;
            if (!event.text.empty()) read_.history.interrupted = true;
        }
        read_.history.events.push_back(std::move(event));
    }

    ReadHistory& read_;
    simdjson::ondemand::parser parser_;
    std::string buffer_;
    bool seen_header_ = false;
    bool ended_ = false;
};

}  // namespace

std::string header_line()
{
    return std::string(header) + '\n';
}

void append_line(std::string& out, const Event& event)
{
    ObjectWriter writer(out);
    writer.number("n", event.number);
    writer.number("at", event.at.time_since_epoch().count());
    writer.word("actor", spelling(event.actor));
    writer.word("kind", spelling(event.kind));
    writer.number_unless_zero("step", event.step);
    writer.number_unless_zero("ordinal", event.ordinal);
    writer.number_unless_zero("status", event.status);
    writer.number_unless_zero("value", event.value);
    if (event.flag) {
        writer.begin("flag");
        out += "true";
    }
    if (event.outcome != Outcome::none) writer.word("outcome", spelling(event.outcome));
    if (event.ending != Ending::none) writer.word("ending", spelling(event.ending));
    if (event.evidence != Evidence::none) writer.word("evidence", spelling(event.evidence));
    for (const auto& field : event_texts) writer.text(field.name, event.*field.member);
    append_marks(writer, out, event.marks);
    append_turns(writer, out, event.turns);
    writer.end();
    out += '\n';
}

void append_line(std::string& out, const Note& note)
{
    ObjectWriter writer(out);
    writer.begin("note");
    net::append_json_string(out, note.kind);
    writer.number("at", note.at.time_since_epoch().count());
    for (const auto& field : note_texts) writer.text(field.name, note.*field.member);
    writer.end();
    out += '\n';
}

std::string to_json_lines(const History& history)
{
    std::string out = header_line();
    auto note = history.notes.begin();
    for (const Event& event : history.events) {
        for (; note != history.notes.end() && note->at < event.at; ++note) append_line(out, *note);
        append_line(out, event);
    }
    for (; note != history.notes.end(); ++note) append_line(out, *note);
    if (history.interrupted) out += fmt::format("{}\n", LineReader::interrupted_line);
    return out;
}

ReadHistory from_json_lines(std::string_view text)
{
    ReadHistory read;
    LineReader reader(read);
    for (std::size_t number = 1; number == 1 || !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        const bool cut = end == std::string_view::npos;
        const std::string problem = reader.take(text.substr(0, end));
        if (cut && number > 1) read.history.interrupted = true;
        if (!problem.empty() && (!cut || number == 1)) {
            read.problem = fmt::format("line {}: {}", number, problem);
            return read;
        }
        text.remove_prefix(cut ? text.size() : end + 1);
    }
    if (!reader.ended()) read.history.interrupted = true;
    return read;
}

}  // namespace chaos::history
