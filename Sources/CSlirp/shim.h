/* libslirp for Swift: addresses in the host's byte order, and no struct whose layout depends on the library's version. */
#ifndef LUCID86_CSLIRP_H
#define LUCID86_CSLIRP_H

#include <arpa/inet.h>
#include <slirp/libslirp.h>
#include <string.h>

struct lucid_slirp_config {
    uint32_t network, mask, host, dhcp_start, nameserver;
    bool restricted, in6_enabled;
    const char *hostname;
};

static inline struct in_addr lucid_in_addr(uint32_t address) {
    struct in_addr result;
    result.s_addr = htonl(address);
    return result;
}

/* Version 1 of the configuration: all that any library of API version 4 knows. `callbacks` must live as long as the result. */
static inline Slirp *lucid_slirp_new(const struct lucid_slirp_config *wanted, const SlirpCb *callbacks, void *opaque) {
    SlirpConfig config;
    memset(&config, 0, sizeof config);
    config.version = 1;
    config.restricted = wanted->restricted;
    config.in_enabled = true;
    config.vnetwork = lucid_in_addr(wanted->network);
    config.vnetmask = lucid_in_addr(wanted->mask);
    config.vhost = lucid_in_addr(wanted->host);
    config.in6_enabled = wanted->in6_enabled;
    /* QEMU's fec0::/64 with its host 2 and name server 3. */
    config.vprefix_addr6.s6_addr[0] = 0xfe;
    config.vprefix_addr6.s6_addr[1] = 0xc0;
    config.vprefix_len = 64;
    config.vhost6 = config.vprefix_addr6;
    config.vhost6.s6_addr[15] = 2;
    config.vnameserver6 = config.vprefix_addr6;
    config.vnameserver6.s6_addr[15] = 3;
    config.vhostname = wanted->hostname;
    config.vdhcp_start = lucid_in_addr(wanted->dhcp_start);
    config.vnameserver = lucid_in_addr(wanted->nameserver);
    return slirp_new(&config, callbacks, opaque);
}

static inline int lucid_slirp_forward(Slirp *slirp, bool is_udp, uint32_t host, int host_port, uint32_t guest,
                                      int guest_port) {
    return slirp_add_hostfwd(slirp, is_udp, lucid_in_addr(host), host_port, lucid_in_addr(guest), guest_port);
}

#endif
