// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CCurlShims.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FUNCTIONS(X) \
    X(curl_easy_cleanup) \
    X(curl_easy_getinfo) \
    X(curl_easy_init) \
    X(curl_easy_setopt) \
    X(curl_easy_strerror) \
    X(curl_free) \
    X(curl_global_init) \
    X(curl_multi_add_handle) \
    X(curl_multi_cleanup) \
    X(curl_multi_info_read) \
    X(curl_multi_init) \
    X(curl_multi_perform) \
    X(curl_multi_poll) \
    X(curl_multi_remove_handle) \
    X(curl_multi_setopt) \
    X(curl_multi_strerror) \
    X(curl_multi_wakeup) \
    X(curl_slist_append) \
    X(curl_slist_free_all) \
    X(curl_url) \
    X(curl_url_cleanup) \
    X(curl_url_get) \
    X(curl_url_set) \
    X(curl_url_strerror) \
    X(curl_version_info)

// The name alone, without parentheses behind it, is the function and not curl's type-checking
// macro of the same name.
struct functions {
#define MEMBER(name) __typeof__(name) *name;
    FUNCTIONS(MEMBER)
#undef MEMBER
};

static struct functions curl;

static const struct {
    const char *name;
    size_t offset;
} places[] = {
#define PLACE(name) {#name, offsetof(struct functions, name)},
    FUNCTIONS(PLACE)
#undef PLACE
};

static int load(const char *library, struct functions *functions, void **handle) {
    *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (!*handle) {
        return 1;
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        void *function = dlsym(*handle, places[i].name);
        if (!function) {
            return 2;
        }
        memcpy((char *)functions + places[i].offset, &function, sizeof function);
    }
    return 0;
}

int carnet_curl_load(const char *library) {
    void *handle;
    return load(library, &curl, &handle);
}

int carnet_curl_probe(const char *library) {
    struct functions functions;
    void *handle;
    int code = load(library, &functions, &handle);
    if (handle) {
        dlclose(handle);
    }
    return code;
}

unsigned int carnet_curl_version(void) {
    return curl.curl_version_info(CURLVERSION_NOW)->version_num;
}

CURLcode carnet_curl_global_init(long flags) { return curl.curl_global_init(flags); }

CURL *carnet_curl_easy_init(void) { return curl.curl_easy_init(); }

void carnet_curl_easy_cleanup(CURL *easy) { curl.curl_easy_cleanup(easy); }

const char *carnet_curl_easy_words(CURLcode code) { return curl.curl_easy_strerror(code); }

// The parentheses keep curl's type-checking macros of the same names away.

CURLcode carnet_curl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl.curl_easy_setopt)(easy, option, value);
}

CURLcode carnet_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl.curl_easy_setopt)(easy, option, value);
}

CURLcode carnet_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl.curl_easy_setopt)(easy, option, value);
}

CURLcode carnet_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return (curl.curl_easy_setopt)(easy, option, value);
}

CURLcode carnet_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return (curl.curl_easy_setopt)(easy, option, value);
}

CURLcode carnet_curl_set_data_callback(
    CURL *easy, CURLoption option, carnet_curl_data_callback value) {
    return (curl.curl_easy_setopt)(easy, option, value);
}

CURLcode carnet_curl_set_seek_callback(CURL *easy, carnet_curl_seek_callback value) {
    return (curl.curl_easy_setopt)(easy, CURLOPT_SEEKFUNCTION, value);
}

static curl_socket_t open_close_on_exec(
    void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

CURLcode carnet_curl_set_close_on_exec(CURL *easy) {
    return (curl.curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, open_close_on_exec);
}

CURLcode carnet_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return (curl.curl_easy_getinfo)(easy, info, value);
}

CURLcode carnet_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl.curl_easy_getinfo)(easy, info, value);
}

CURLcode carnet_curl_get_string(CURL *easy, CURLINFO info, const char **value) {
    return (curl.curl_easy_getinfo)(easy, info, value);
}

struct curl_slist *carnet_curl_list_append(struct curl_slist *list, const char *text) {
    return curl.curl_slist_append(list, text);
}

void carnet_curl_list_free(struct curl_slist *list) { curl.curl_slist_free_all(list); }

CURLM *carnet_curl_multi_init(void) { return curl.curl_multi_init(); }

void carnet_curl_multi_cleanup(CURLM *multi) { curl.curl_multi_cleanup(multi); }

const char *carnet_curl_multi_words(CURLMcode code) { return curl.curl_multi_strerror(code); }

CURLMcode carnet_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl.curl_multi_setopt)(multi, option, value);
}

CURLMcode carnet_curl_multi_add(CURLM *multi, CURL *easy) {
    return curl.curl_multi_add_handle(multi, easy);
}

CURLMcode carnet_curl_multi_remove(CURLM *multi, CURL *easy) {
    return curl.curl_multi_remove_handle(multi, easy);
}

CURLMcode carnet_curl_multi_perform(CURLM *multi, int *running) {
    return curl.curl_multi_perform(multi, running);
}

CURLMcode carnet_curl_multi_poll(CURLM *multi, int milliseconds) {
    return curl.curl_multi_poll(multi, NULL, 0, milliseconds, NULL);
}

CURLMcode carnet_curl_multi_wakeup(CURLM *multi) { return curl.curl_multi_wakeup(multi); }

int carnet_curl_next_ended(CURLM *multi, CURL **easy, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl.curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *easy = message->easy_handle;
            *result = message->data.result;
            return 1;
        }
    }
    return 0;
}

CURLU *carnet_curl_url(void) { return curl.curl_url(); }

void carnet_curl_url_cleanup(CURLU *url) { curl.curl_url_cleanup(url); }

CURLUcode carnet_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned int flags) {
    return curl.curl_url_set(url, part, text, flags);
}

CURLUcode carnet_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned int flags) {
    return curl.curl_url_get(url, part, text, flags);
}

const char *carnet_curl_url_words(CURLUcode code) { return curl.curl_url_strerror(code); }

void carnet_curl_free(void *memory) { curl.curl_free(memory); }

long long carnet_monotonic_milliseconds(void) {
    struct timespec now;
    if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) != 0) {
        return 0;
    }
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}
