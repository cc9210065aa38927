#include "cmake/precompiled/standard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sherpa/sherpa.hpp>

#include "core/study/engine.hpp"
