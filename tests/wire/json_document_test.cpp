// Documents read one after another, and inside of one another: each says what its own text says.
#include "wire/json_document.hpp"

#include <gtest/gtest.h>

namespace chaos::wire::json {
namespace {

std::string nested(std::size_t levels)
{
    return std::string(levels, '[') + "1" + std::string(levels, ']');
}

std::string long_text(std::size_t size)
{
    return "\"" + std::string(size, 'x') + "\"";
}

struct DocumentRow {
    const char* name;
    std::string text;
    std::size_t max_depth;
    std::string dumped;  ///< of the root; empty: there is none
    bool problem;
};

const std::vector<DocumentRow>& document_rows()
{
    static const std::vector<DocumentRow> rows{
        {"an object", R"({"a":1})", 64, R"({"a":1})", false},
        {"nothing", "", 64, "", true},
        {"null", "null", 64, "", false},
        {"not JSON", "{", 64, "", true},
        {"long", long_text(100'000), 64, long_text(100'000), false},
        {"as deep as may be", nested(64), 64, nested(64), false},
        {"too deep", nested(65), 64, "", true},
        {"as deep as may be elsewhere", nested(3), 3, nested(3), false},
        {"too deep elsewhere", nested(4), 3, "", true},
        {"half a surrogate pair", R"("\ud800")", 64, "\"\xEF\xBF\xBD\"", false},
        {"shorter, and still long", long_text(10'000), 64, long_text(10'000), false},
    };
    return rows;
}

void expect_read(const Document& document, const DocumentRow& row)
{
    EXPECT_EQ(!document.problem().empty(), row.problem) << row.name << ": " << document.problem();
    ASSERT_EQ(document.root().has_value(), !row.dumped.empty()) << row.name;
    if (document.root()) EXPECT_EQ(dumped(*document.root()), row.dumped) << row.name;
}

Document read(const DocumentRow& row)
{
    net::JsonLimits limits;
    limits.max_depth = row.max_depth;
    return Document(row.text, limits);
}

TEST(Documents, one_after_another)
{
    for (const DocumentRow& first : document_rows()) {
        for (const DocumentRow& second : document_rows()) {
            expect_read(read(first), first);
            expect_read(read(second), second);
        }
    }
}

TEST(Documents, while_others_are_read)
{
    for (const DocumentRow& first : document_rows()) {
        const Document outer = read(first);
        std::vector<Document> inner;
        for (const DocumentRow& row : document_rows()) inner.push_back(read(row));
        for (std::size_t i = 0; i < inner.size(); ++i) expect_read(inner[i], document_rows()[i]);
        expect_read(outer, first);
    }
}

TEST(Documents, one_after_another_in_the_same_memory)
{
    for (const DocumentRow& first : document_rows()) {
        net::JsonLimits limits;
        limits.max_depth = first.max_depth;
        Parser parser(limits);
        expect_read(Document(first.text, parser), first);
        for (const DocumentRow& row : document_rows()) {
            if (row.max_depth == first.max_depth) expect_read(Document(row.text, parser), row);
        }
    }
}

TEST(Documents, memory_is_kept_for_short_texts_alone)
{
    Parser parser;
    {
        const Document document(R"({"a":1})", parser);
    }
    const std::size_t for_short_ones = parser.capacity();
    EXPECT_GE(for_short_ones, 1024U);
    {
        const Document document(long_text(1'000'000), parser);
        EXPECT_GE(parser.capacity(), 1'000'000U);
    }
    EXPECT_LE(parser.capacity(), 64U * 1024);
}

}  // namespace
}  // namespace chaos::wire::json
