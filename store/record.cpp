// Netstrings without the comma.
#include "store/record.hpp"

#include <charconv>

namespace chaos::store {

RecordWriter& RecordWriter::text(std::string_view field)
{
    bytes_ += std::to_string(field.size());
    bytes_ += ':';
    bytes_ += field;
    return *this;
}

RecordWriter& RecordWriter::number(std::int64_t field)
{
    return text(std::to_string(field));
}

std::string_view RecordReader::next()
{
    std::size_t size = 0;
    const char* end = rest_.data() + rest_.size();
    const auto [after, error] = std::from_chars(rest_.data(), end, size);
    const auto room = static_cast<std::size_t>(end - after);
    if (error != std::errc() || room == 0 || *after != ':' || size > room - 1) {
        good_ = false;
        rest_ = {};
        return {};
    }
    const std::string_view field(after + 1, size);
    rest_.remove_prefix(static_cast<std::size_t>(after + 1 - rest_.data()) + size);
    return field;
}

std::string RecordReader::text()
{
    return std::string(next());
}

std::int64_t RecordReader::number()
{
    const std::string_view field = next();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error == std::errc() && end == field.data() + field.size()) return value;
    good_ = false;
    rest_ = {};
    return 0;
}

}  // namespace chaos::store
