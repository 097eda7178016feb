#pragma once

// What every test includes; see core/precompiled.h.

#include "catch.h"
#include "core/precompiled.h"
