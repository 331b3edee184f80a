#pragma once

#include <functional>

#include "contract/messages.h"

namespace gateway {

/// Wall clock, injected so that tests set it.
using Clock = std::function<Time()>;

} // namespace gateway
