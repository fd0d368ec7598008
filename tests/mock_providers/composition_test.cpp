// Faults that act together on one answer: what the wire shows, and what each of them proves.
#include <zlib.h>

#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

template <class World>
class Together : public ::testing::Test {
protected:
    Heard meet(const std::vector<std::string>& faults, const Ask& ask)
    {
        std::vector<std::string> yamls;
        for (const std::string& inject : faults) {
            yamls.push_back("{target: primary, inject: " + inject + "}");
        }
        told_ = tell(world_.runtime, yamls, {ask});
        return told_.heard.at(0);
    }
    bool proves(const std::string& fault) const
    {
        return !told_.rest_of(fault + " delivered to primary#1: ").starts_with("nothing of the kind");
    }

    World world_;
    Told told_;
};
TYPED_TEST_SUITE(Together, BothWorlds, WorldNames);

/// As much as the compressed bytes tell.
std::string unzipped_composition(std::string zipped)
{
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(1024 * 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(zipped.data());
    stream.avail_in = static_cast<uInt>(zipped.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    inflate(&stream, Z_SYNC_FLUSH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TYPED_TEST(Together, ACompressedStreamIsCut)
{
    const Heard heard =
        this->meet({"gzip", "{cut: {after_tokens: 3, end: fin}}"}, kept_alive(post(chat_body(3, true))));
    EXPECT_EQ(heard.headers.find("content-encoding"), "gzip");
    EXPECT_EQ(heard.ending, "FIN");
    EXPECT_FALSE(heard.whole);
    const std::string text = unzipped_composition(heard.body);
    EXPECT_TRUE(text.starts_with("data: {")) << text;
    EXPECT_EQ(text.find("[DONE]"), std::string::npos);
    EXPECT_TRUE(this->proves("gzip"));
    EXPECT_TRUE(this->proves("cut"));
}

TYPED_TEST(Together, AStreamInOddLinesIsCut)
{
    const Heard heard =
        this->meet({"{cut: {after_tokens: 3}}", "{framing: {shape: bare_cr}}"}, kept_alive(post(chat_body(3, true))));
    EXPECT_EQ(heard.body.find('\n'), std::string::npos);
    EXPECT_NE(heard.body.find("\r\rdata: {"), std::string::npos);
    EXPECT_EQ(heard.ending, "RST");
    EXPECT_TRUE(this->proves("framing"));
    EXPECT_TRUE(this->proves("cut"));
}

TYPED_TEST(Together, FramesArePackedWhicheverStandsFirst)
{
    for (const bool gzip_first : {true, false}) {
        std::vector<std::string> faults = {"gzip", "{framing: {shape: crlf}}"};
        if (!gzip_first) std::swap(faults[0], faults[1]);
        const Heard heard = this->meet(faults, post(chat_body(3, true)));
        const std::string text = unzipped_composition(heard.body);
        EXPECT_TRUE(text.ends_with("data: [DONE]\r\n\r\n")) << text;
        EXPECT_TRUE(this->proves("gzip"));
        EXPECT_TRUE(this->proves("framing"));
    }
}

TYPED_TEST(Together, AnAlteredAnswerMayTravelUnderAnyType)
{
    const Heard heard =
        this->meet({"empty_answer", "content_type", "{slow: {first_token: 30ms}}"}, post(chat_body(3, false)));
    EXPECT_EQ(heard.headers.find("content-type"), "text/html");
    EXPECT_GE(heard.took, milliseconds(30));
    EXPECT_TRUE(this->proves("empty_answer"));
    EXPECT_TRUE(this->proves("content_type"));
    EXPECT_TRUE(this->proves("slow"));
}

TYPED_TEST(Together, AFormThatIsNotSeenIsNotProven)
{
    const Heard heard = this->meet({"gzip", "{blackhole: {at: request}}"}, briefly(post(chat_body(3, true))));
    EXPECT_EQ(heard.bytes, "");
    EXPECT_FALSE(this->proves("gzip"));
    EXPECT_TRUE(this->told_.rest_of("gzip falls on ").starts_with("nothing of the kind")) << "it had no opportunity";
}

}  // namespace
}  // namespace chaos::mock_providers
