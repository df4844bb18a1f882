/* SPDX-License-Identifier: MIT */
#include "verify.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault_words.h"
#include "tcp.h"

#define SEGMENT_MARK 22u /* B from a segment's sequence number to the end of our tag */

int verify_init(struct verify *verify, const struct flow_table *table, const struct makes *makes,
                const struct sizes *sizes, uint32_t run_id, uint64_t sequences)
{
	size_t owners = 2;

	*verify = (struct verify){
		.enabled = true,
		.makes = *makes,
		.table = table,
		.sizes = sizes,
		.run_id = run_id,
		.samples_size = sequences / CHECK_EVERY + 1,
	};
	verify->samples = malloc(verify->samples_size * sizeof(*verify->samples));
	if (verify->samples == NULL)
		return -1;
	memset(verify->samples, 0xff, verify->samples_size * sizeof(*verify->samples));
	if (makes->snat == 0)
		return 0;
	while (owners < 2 * (size_t)table->count)
		owners *= 2;
	verify->owners_mask = (uint32_t)(owners - 1);
	verify->outside = malloc(table->count * sizeof(*verify->outside));
	verify->owners = malloc(owners * sizeof(*verify->owners));
	if (verify->outside == NULL || verify->owners == NULL)
		return -1;
	memset(verify->outside, 0, table->count * sizeof(*verify->outside));
	memset(verify->owners, 0, owners * sizeof(*verify->owners));
	return 0;
}

void verify_free(struct verify *verify)
{
	free(verify->samples);
	free(verify->outside);
	free(verify->owners);
}

static uint16_t port_of(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/* Count a wrong frame; the first one is kept in words, with its flow as it was sent. */
static void wrong(struct verify *verify, uint32_t flow, const char *fault)
{
	const struct flow *of = &verify->table->flows[flow];
	char source[16], destination[16];

	if (verify->wrong++ > 0)
		return;
	address_print(source, sizeof(source), &of->source);
	address_print(destination, sizeof(destination), &of->destination);
	snprintf(verify->first_wrong, sizeof(verify->first_wrong), "of %s:%u to %s:%u %s", source,
	         ntohs(of->source_port), destination, DISCARD_PORT, fault);
}

static bool in_pool(const struct makes *makes, uint32_t address)
{
	return ntohl(address) >= ntohl(makes->snat) && ntohl(address) <= ntohl(makes->snat_last);
}

static void swap(uint8_t *one, uint8_t *other, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint8_t byte = one[i];

		one[i] = other[i];
		other[i] = byte;
	}
}

/* What the DUT has to make of a flow's frame, but for what may be anything: that is taken from `seen`. */
static void expect(const struct verify *verify, struct frame *expected, const struct frame *seen,
                   uint64_t sequence, uint64_t stamp, uint32_t flow)
{
	const struct flow_table *table = verify->table;
	bool tcp = table->protocol == TCP;
	uint32_t source;

	memcpy(&source, seen->ip + 12, 4);
	if (!in_pool(&verify->makes, source))
		source = verify->makes.snat;
	*expected = table->template;
	if (tcp)
		segment_write(expected, &table->flows[flow], (uint32_t)sequence);
	else
		frame_write(expected, &table->flows[flow], sequence, stamp);
	frame_resize(expected, table->protocol, verify->sizes->frame_size[0], sizes_of(verify->sizes, sequence));
	expected->ip[8] -= verify->makes.ttl_less;
	if (verify->makes.swapped) {
		swap(expected->ethernet, expected->ethernet + 6, 6);
		swap(expected->ip + 12, expected->ip + 16, 4);
		swap(expected->udp, expected->udp + 2, 2);
	}
	if (verify->makes.new_id)
		memcpy(expected->ip + 4, seen->ip + 4, 2);
	if (verify->makes.new_source_mac)
		memcpy(expected->ethernet + 6, seen->ethernet + 6, 6);
	if (verify->makes.snat != 0) {
		memcpy(expected->ip + 12, &source, 4);
		memcpy(expected->udp, seen->udp, 2); /* TCP's lies there too */
	}
	memcpy(expected->ip + 10, seen->ip + 10, 2);
	memcpy(tcp ? expected->tcp + 16 : expected->udp + 6, tcp ? seen->tcp + 16 : seen->udp + 6, 2);
}

static bool all_zero(const uint8_t *data, size_t length)
{
	return length == 0 || (data[0] == 0 && memcmp(data, data + 1, length - 1) == 0);
}

/* Which checksum does not fit the bytes; NULL when both do.  IPv4's lengths are right. */
static const char *checksum_fault(const struct verify *verify, const struct frame *seen, uint32_t frame_length)
{
	uint16_t length = (uint16_t)(frame_length - offsetof(struct frame, udp)), last = 0;
	const uint8_t *at = seen->udp;
	bool tcp = verify->table->protocol == TCP;

	if (sum_checksum(words_sum(seen->ip, sizeof(seen->ip))) != 0)
		return "the IPv4 checksum is wrong";
	if (length % 2 != 0)
		memcpy(&last, at + length - 1, 1);
	/* UDP's 0 means none: one was sent */
	if ((!tcp && all_zero(seen->udp + 6, 2))
	    || sum_checksum((uint64_t)words_sum(at, length & ~1u) + last + words_sum(seen->ip + 12, 8)
	                    + htons(verify->table->protocol) + htons(length)) != 0)
		return tcp ? "the TCP checksum is wrong" : "the UDP checksum is wrong";
	return NULL;
}

/* The place of who has this source towards this destination, or an empty one for who will. */
static uint32_t *owner_of(const struct verify *verify, uint32_t flow, const struct outside *seen)
{
	uint64_t key = (uint64_t)seen->address << 32 | (uint64_t)seen->port << 16;
	uint32_t at;

	key = (key ^ flow_destination(verify->table, flow)) * 0x9E3779B97F4A7C15u;
	for (at = (uint32_t)(key >> 32) & verify->owners_mask; verify->owners[at] != 0; at = (at + 1) & verify->owners_mask) {
		uint32_t other = verify->owners[at] - 1;

		if (verify->outside[other].address == seen->address && verify->outside[other].port == seen->port
		    && flow_destination(verify->table, other) == flow_destination(verify->table, flow))
			break;
	}
	return &verify->owners[at];
}

/* Translated: a flow keeps its address and port, and no other flow towards the same destination has both.
 * False with words when not. */
static bool source_kept(struct verify *verify, uint32_t flow, const struct frame *frame, char *text, size_t size)
{
	struct outside seen = {0, port_of(frame->udp)}, *before = &verify->outside[flow];
	char source[16], other[16];
	uint32_t *owner;

	memcpy(&seen.address, frame->ip + 12, 4);
	if (before->port == seen.port && before->address == seen.address)
		return true;
	address_print(source, sizeof(source), &seen.address);
	if (before->port != 0) {
		address_print(other, sizeof(other), &before->address);
		if (before->address == seen.address)
			snprintf(text, size, "the source port came out as %u, before as %u", seen.port, before->port);
		else
			snprintf(text, size, "the source came out as %s:%u, before as %s:%u", source, seen.port, other,
			         before->port);
		return false;
	}
	owner = owner_of(verify, flow, &seen);
	if (*owner != 0) {
		address_print(other, sizeof(other), &verify->table->flows[*owner - 1].source);
		snprintf(text, size, "the source port came out as %u, as that of a flow of %s", seen.port, other);
		return false;
	}
	*before = seen;
	*owner = flow + 1;
	return true;
}

void verify_frame(struct verify *verify, const uint8_t *data, uint64_t sequence, uint64_t stamp, uint32_t flow)
{
	const struct frame *seen = (const struct frame *)data;
	uint32_t length = sizes_of(verify->sizes, sequence) - FCS_LENGTH;
	struct frame expected;
	const char *checksum;
	char fault[128];

	verify->checked++;
	expect(verify, &expected, seen, sequence, stamp, flow);
	if (memcmp(seen, &expected, sizeof(expected)) != 0
	    || !all_zero(data + sizeof(expected), length - sizeof(expected))) {
		difference_print(fault, sizeof(fault), data, (const uint8_t *)&expected, length);
		wrong(verify, flow, fault);
		return;
	}
	checksum = checksum_fault(verify, seen, length);
	if (checksum != NULL)
		wrong(verify, flow, checksum);
	else if (verify->makes.snat != 0 && !source_kept(verify, flow, seen, fault, sizeof(fault)))
		wrong(verify, flow, fault);
}

void verify_sample(struct verify *verify, const uint8_t *data, uint64_t sequence)
{
	const struct sample *sample = &verify->samples[sequence / CHECK_EVERY];

	verify_frame(verify, data, sequence, sample->stamp, sample->flow);
}

/* Does a mark of this run lie anywhere in a frame, whatever was put before it? */
static bool marked(const struct verify *verify, const uint8_t *data, uint32_t length, uint64_t now)
{
	const struct frame *template = &verify->table->template;
	bool tcp = verify->table->protocol == TCP;
	const uint8_t *last = data + length - (tcp ? SEGMENT_MARK : sizeof(struct payload));
	uint16_t tag = run_tag(verify->run_id);

	if (length < (tcp ? SEGMENT_MARK : sizeof(struct payload)))
		return false;
	for (const uint8_t *at = data; at <= last; at++) {
		struct payload found;

		if (tcp) { /* from the sequence number, the same in all data, to the window; then the tag */
			if (memcmp(at, template->tcp + 4, 12) == 0 && memcmp(at + SEGMENT_MARK - 2, &tag, 2) == 0)
				return true;
			continue;
		}
		memcpy(&found, at, sizeof(found));
		if (found.run_id == verify->run_id && found.stamp >= verify->begun
		    && (found.stamp <= now || at - data == offsetof(struct frame, payload)))
			return true;
	}
	return false;
}

/* What is wrong with a frame of the load that was not recognised as one. */
static void stray_print(const struct verify *verify, char *text, size_t size, const uint8_t *data, uint32_t length)
{
	uint32_t sent = sizes_of(verify->sizes, 0) - FCS_LENGTH;

	if (verify->sizes->period == 1 && length != sent) {
		snprintf(text, size, "a frame of %" PRIu32 " B (without FCS) came out with %" PRIu32 " B", sent, length);
		return;
	}
	if (kind_print(text, size, data, (const uint8_t *)&verify->table->template))
		return;
	if (verify->sizes->period > 1) {
		snprintf(text, size, "a frame of a mix came out with %" PRIu32 " B (without FCS), which is not the size of its number",
		         length);
		return;
	}
	snprintf(text, size, "a frame came out with a number or a stamp that was not sent");
}

bool verify_stray(struct verify *verify, const uint8_t *data, uint32_t length, uint64_t now)
{
	if (!verify->enabled || !marked(verify, data, length, now))
		return false;
	if (verify->wrong++ == 0)
		stray_print(verify, verify->first_wrong, sizeof(verify->first_wrong), data, length);
	return true;
}
