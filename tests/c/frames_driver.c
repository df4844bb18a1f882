/* SPDX-License-Identifier: MIT */
/* The same to its frames and their check. */
#include <stdlib.h>
#include <string.h>

#include "flows.h"
#include "tcp.h"
#include "verify.h"

/* The sizes of the frames of one period [B, with FCS]; how many there are, or -1. */
int driver_sizes(const char *text, uint16_t *out)
{
	struct sizes sizes;

	if (sizes_parse(&sizes, text) < 0)
		return -1;
	memcpy(out, sizes.frame_size, sizes.period * sizeof(*out));
	return (int)sizes.period;
}

/* The first 60 bytes of `count` frames, one a flow from `first` on; sizes as --frame-size has them. */
int driver_frames(uint8_t protocol, uint32_t flows, uint32_t a_destination, const char *sizes_text, uint64_t seed,
                  uint32_t run_id, uint32_t first, uint32_t count, uint64_t sequence, uint64_t stamp, uint8_t *out)
{
	struct flow_table table;
	struct sizes sizes;

	if (sizes_parse(&sizes, sizes_text) < 0
	    || flows_init(&table, protocol, flows, a_destination, sizes.frame_size[0], seed, run_id) < 0)
		return -1;
	for (uint32_t i = 0; i < count; i++) {
		struct frame *frame = (struct frame *)(out + (size_t)i * sizeof(struct frame));

		memcpy(frame, &table.template, sizeof(*frame));
		if (protocol == TCP)
			segment_write(frame, &table.flows[first + i], (uint32_t)sequence + i);
		else
			frame_write(frame, &table.flows[first + i], sequence + i, stamp);
		if (sizes.period > 1)
			frame_resize(frame, protocol, sizes.frame_size[0], sizes_of(&sizes, sequence + i));
	}
	flows_free(&table);
	return (int)sizeof(struct frame);
}

/* A flow's SYN. */
int driver_handshake(uint32_t flow, uint32_t frame_size, uint64_t seed, struct frame *syn)
{
	struct flow_table table;

	if (flows_init(&table, TCP, flow + 1, PORTS, frame_size, seed, 7) < 0)
		return -1;
	tcp_syn(syn, &table, flow);
	flows_free(&table);
	return (int)sizeof(*syn);
}

void driver_answer(const struct frame *syn, struct frame *answer)
{
	tcp_answer(answer, syn);
}

int driver_is(const struct frame *frame, uint32_t length, uint8_t flags)
{
	return tcp_is(frame, length, flags);
}

struct checked {
	struct sizes sizes;
	struct flow_table table;
	struct verify verify;
};

struct checked *driver_check(uint8_t protocol, uint32_t flows, uint32_t a_destination, const char *sizes, uint64_t seed,
                             uint32_t run_id, uint32_t snat, uint32_t snat_last, uint8_t ttl_less, int new_source_mac,
                             int new_id, int swapped)
{
	struct checked *checked = calloc(1, sizeof(*checked));
	struct makes makes = {
		.snat = snat, .snat_last = snat_last, .ttl_less = ttl_less,
		.new_source_mac = new_source_mac != 0, .new_id = new_id != 0, .swapped = swapped != 0,
	};

	if (checked == NULL || sizes_parse(&checked->sizes, sizes) < 0
	    || flows_init(&checked->table, protocol, flows, a_destination, checked->sizes.frame_size[0], seed, run_id) < 0
	    || verify_init(&checked->verify, &checked->table, &makes, &checked->sizes, run_id, 1000) < 0)
		abort();
	return checked;
}

void driver_check_free(struct checked *checked)
{
	verify_free(&checked->verify);
	flows_free(&checked->table);
	free(checked);
}

void driver_check_frame(struct checked *checked, const uint8_t *data, uint64_t sequence, uint64_t stamp, uint32_t flow)
{
	verify_frame(&checked->verify, data, sequence, stamp, flow);
}

/* 1 when the number is a sample's; its frame is compared with what was sent then. */
int driver_check_sample(struct checked *checked, const uint8_t *data, uint64_t sequence, uint64_t stamp, uint32_t flow)
{
	if (!verify_samples(&checked->verify, sequence))
		return 0;
	verify_sent(&checked->verify, sequence, flow, stamp);
	verify_sample(&checked->verify, data, sequence);
	return 1;
}

int driver_check_stray(struct checked *checked, const uint8_t *data, uint32_t length, uint64_t begun, uint64_t now)
{
	checked->verify.begun = begun;
	return verify_stray(&checked->verify, data, length, now);
}

uint64_t driver_compared(const struct checked *checked)
{
	return checked->verify.checked;
}

uint64_t driver_wrong(const struct checked *checked)
{
	return checked->verify.wrong;
}

const char *driver_words(const struct checked *checked)
{
	return checked->verify.first_wrong;
}
