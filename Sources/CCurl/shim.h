// SPDX-License-Identifier: Apache-2.0
// Types and constants only. Nothing is linked: a call of a function declared here fails to link,
// and CCurlShims has the same function behind a library that is loaded when it is needed.
#include <curl/curl.h>
