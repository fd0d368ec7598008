// zlib behind a filter.
#include "mock_providers/gzip.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>

namespace chaos::mock_providers {

namespace {

constexpr int window_bits = 15 + 16;  // 16 more: with the header and trailer of gzip (zlib's manual, deflateInit2)
constexpr int memory_level = 8;       // zlib's default

class Gzip final : public BodyFilter {
public:
    explicit Gzip(GzipFlush flush) : flush_(flush == GzipFlush::each ? Z_SYNC_FLUSH : Z_NO_FLUSH)
    {
        if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::runtime_error("zlib cannot begin to compress");
        }
    }
    ~Gzip() override { deflateEnd(&stream_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    std::string pass(std::string_view bytes) override { return deflated(bytes, flush_); }
    std::string finish() override { return deflated("", Z_FINISH); }

private:
    std::string deflated(std::string_view bytes, int flush)
    {
        std::string in(bytes);  // zlib wants it mutable
        stream_.next_in = reinterpret_cast<Bytef*>(in.data());
        stream_.avail_in = static_cast<uInt>(in.size());
        std::string out;
        std::array<char, 4096> buffer{};
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
            stream_.avail_out = static_cast<uInt>(buffer.size());
            deflate(&stream_, flush);
            out.append(buffer.data(), buffer.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return out;
    }

    z_stream stream_{};
    int flush_;
};

}  // namespace

std::unique_ptr<BodyFilter> gzip_filter(GzipFlush flush) { return std::make_unique<Gzip>(flush); }

}  // namespace chaos::mock_providers
