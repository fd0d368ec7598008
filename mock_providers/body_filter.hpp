// A filter between what a dialect writes and the wire: for what happens to a body on its way.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace chaos::mock_providers {

/// One for each response.
class BodyFilter {
public:
    virtual ~BodyFilter() = default;

    /// What goes out now that these bytes are due: whole events of a stream, or a whole body.
    virtual std::string pass(std::string_view bytes) = 0;
    /// What is still to go out at the end of the body.
    virtual std::string finish() { return ""; }
};

/// One after the other.
class ChainedFilter final : public BodyFilter {
public:
    ChainedFilter(std::unique_ptr<BodyFilter> first, std::unique_ptr<BodyFilter> second)
        : first_(std::move(first)), second_(std::move(second))
    {
    }

    std::string pass(std::string_view bytes) override
    {
        const std::string between = first_->pass(bytes);
        return between.empty() ? "" : second_->pass(between);
    }
    std::string finish() override
    {
        const std::string rest = first_->finish();
        std::string out = rest.empty() ? "" : second_->pass(rest);
        out += second_->finish();
        return out;
    }

private:
    std::unique_ptr<BodyFilter> first_;
    std::unique_ptr<BodyFilter> second_;
};

using MakeFilter = std::function<std::unique_ptr<BodyFilter>()>;

/// Makes a filter that is `first` and then `second`; an empty one is none.
inline MakeFilter chained(MakeFilter first, MakeFilter second)
{
    if (!first || !second) return first ? first : second;
    return [first = std::move(first), second = std::move(second)]() -> std::unique_ptr<BodyFilter> {
        auto one = first();
        return std::make_unique<ChainedFilter>(std::move(one), second());
    };
}

}  // namespace chaos::mock_providers
