// Several fields in one value of a store: any bytes, in order, and a reader that trusts nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chaos::store {

/// Each field is its length in decimal, a colon, and its bytes.
class RecordWriter {
public:
    RecordWriter& text(std::string_view field);
    RecordWriter& number(std::int64_t field);
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

/// Reads the fields in the order in which they were written. After the first that is not there, or is not what was
/// asked for, everything reads as empty and `good` is false.
class RecordReader {
public:
    explicit RecordReader(std::string_view bytes) : rest_(bytes) {}

    std::string text();
    std::int64_t number();
    bool at_end() const { return rest_.empty(); }
    bool good() const { return good_; }

private:
    std::string_view next();

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace chaos::store
