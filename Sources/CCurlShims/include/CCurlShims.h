// SPDX-License-Identifier: Apache-2.0
#ifndef CARNET_CURL_SHIMS_H
#define CARNET_CURL_SHIMS_H

#include <curl/curl.h>

/// Takes a body part or one header line; fewer bytes taken than `size * count` ends the transfer.
typedef size_t (*carnet_curl_data_callback)(char *bytes, size_t size, size_t count, void *context);

/// Loads libcurl from a shared library and looks up what the functions below call. Once, before
/// any of them; not from two threads at a time.
///
/// Returns 0; 1 if there is no such library, 2 if it lacks a function.
int carnet_curl_load(const char *library);

/// The same, and forgets what it found.
int carnet_curl_probe(const char *library);

/// libcurl's own number: 0x075801 for 7.88.1.
unsigned int carnet_curl_version(void);

CURLcode carnet_curl_global_init(long flags);

CURL *carnet_curl_easy_init(void);
void carnet_curl_easy_cleanup(CURL *easy);
const char *carnet_curl_easy_words(CURLcode code);

// libcurl's option and info functions are variadic, which Swift cannot call: one function a type.

CURLcode carnet_curl_set_long(CURL *easy, CURLoption option, long value);
CURLcode carnet_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode carnet_curl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode carnet_curl_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode carnet_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode carnet_curl_set_data_callback(
    CURL *easy, CURLoption option, carnet_curl_data_callback value);

/// Takes a body that is sent back to a place in it; anything but 0 says that this cannot be.
typedef int (*carnet_curl_seek_callback)(void *context, curl_off_t offset, int origin);

CURLcode carnet_curl_set_seek_callback(CURL *easy, carnet_curl_seek_callback value);

/// Opens every socket of `easy` close-on-exec: a command started meanwhile inherits none.
CURLcode carnet_curl_set_close_on_exec(CURL *easy);

CURLcode carnet_curl_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode carnet_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value);
CURLcode carnet_curl_get_string(CURL *easy, CURLINFO info, const char **value);

struct curl_slist *carnet_curl_list_append(struct curl_slist *list, const char *text);
void carnet_curl_list_free(struct curl_slist *list);

CURLM *carnet_curl_multi_init(void);
void carnet_curl_multi_cleanup(CURLM *multi);
const char *carnet_curl_multi_words(CURLMcode code);
CURLMcode carnet_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
CURLMcode carnet_curl_multi_add(CURLM *multi, CURL *easy);
CURLMcode carnet_curl_multi_remove(CURLM *multi, CURL *easy);
CURLMcode carnet_curl_multi_perform(CURLM *multi, int *running);
CURLMcode carnet_curl_multi_poll(CURLM *multi, int milliseconds);
CURLMcode carnet_curl_multi_wakeup(CURLM *multi);

/// Gives the next ended transfer; 0 if there is none.
int carnet_curl_next_ended(CURLM *multi, CURL **easy, CURLcode *result);

CURLU *carnet_curl_url(void);
void carnet_curl_url_cleanup(CURLU *url);
CURLUcode carnet_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned int flags);
CURLUcode carnet_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned int flags);
const char *carnet_curl_url_words(CURLUcode code);
void carnet_curl_free(void *memory);

/// Milliseconds of the monotonic clock, from the kernel itself: a libc whose clock is faked, and
/// perhaps stands still, must not keep a wait from ending.
long long carnet_monotonic_milliseconds(void);

#endif
