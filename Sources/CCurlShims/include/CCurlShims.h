// SPDX-License-Identifier: Apache-2.0
#ifndef CARNET_CURL_SHIMS_H
#define CARNET_CURL_SHIMS_H

#include <curl/curl.h>

/// Takes a body part or one header line; fewer bytes taken than `size * count` ends the transfer.
typedef size_t (*carnet_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

// libcurl's option and info functions are variadic, which Swift cannot call: one function a type.

CURLcode carnet_curl_set_long(CURL *easy, CURLoption option, long value);
CURLcode carnet_curl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode carnet_curl_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode carnet_curl_set_data_callback(
    CURL *easy, CURLoption option, carnet_curl_data_callback value);
CURLMcode carnet_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);

CURLcode carnet_curl_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode carnet_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value);
CURLcode carnet_curl_get_string(CURL *easy, CURLINFO info, const char **value);

/// Gives the next ended transfer; 0 if there is none.
int carnet_curl_next_ended(CURLM *multi, CURL **easy, CURLcode *result);

/// Opens every socket of `easy` close-on-exec: a command started meanwhile inherits none.
CURLcode carnet_curl_set_close_on_exec(CURL *easy);

#endif
