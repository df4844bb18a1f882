/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <rte_version.h>

#include "pieces.h"

/* Buckets in use as [lower bound ns, upper bound ns, count]. */
static void histogram_print(FILE *file, const struct timing *timing, double ns)
{
	const char *comma = "";

	fprintf(file, "\"histogram\": [");
	for (uint32_t i = timing->bucket_first; i <= timing->bucket_last && i < HISTOGRAM_BUCKETS; i++) {
		if (timing->histogram[i] == 0)
			continue;
		fprintf(file, "%s[%.2f, %.2f, %" PRIu64 "]", comma, (double)histogram_lower(i) * ns,
		        (double)histogram_lower(i + 1) * ns, timing->histogram[i]);
		comma = ", ";
	}
	fprintf(file, "]");
}

static void timing_print(FILE *file, const char *name, const struct timing *timing, uint64_t count, double ns)
{
	fprintf(file, ", \"%s\": ", name);
	if (count == 0) {
		fprintf(file, "null");
		return;
	}
	fprintf(file, "{\"count\": %" PRIu64 ", \"min_ns\": %.2f, \"mean_ns\": %.2f, \"max_ns\": %.2f,\n   ",
	        count, (double)timing->min * ns, (double)timing->sum * ns / (double)count, (double)timing->max * ns);
	histogram_print(file, timing, ns);
	fprintf(file, "}");
}

/* The inside of an object. */
static void tally_print(FILE *file, const struct tally *tally, double seconds, double ns)
{
	uint64_t count = tally->counters[RECEIVED];

	fprintf(file, "\"duration_s\": %.6f", seconds);
	for (int i = 0; i < COUNTERS; i++)
		fprintf(file, ", \"%s\": %" PRIu64, counter_names[i], tally->counters[i]);
	timing_print(file, "latency", &tally->due, count, ns);
	if (tally->sent.histogram != NULL)
		timing_print(file, "latency_sent", &tally->sent, count, ns);
}

/* What the window's slices were, by the machine's hidden state; null when nobody looked. */
static void states_print(FILE *file, const struct gate *gate, double slice_s, double ns)
{
	const char *comma = "";

	fprintf(file, "  \"states\": %s", gate->config.state_of == NULL ? "null,\n" : "{");
	if (gate->config.state_of == NULL)
		return;
	for (int i = 0; i < STATES; i++) {
		const struct by_state *state = &gate->by_state[i];

		if (state->slices == 0)
			continue;
		fprintf(file, "%s\n   \"%s\": {\"slices\": %u, \"clean_slices\": %u, ", comma, state_names[i],
		        state->slices, state->clean);
		tally_print(file, &state->tally, state->clean * slice_s, ns);
		fprintf(file, "}");
		comma = ",";
	}
	fprintf(file, "},\n");
}

/* [clean slices, what came back in them] of each step of a turn, by state; nothing when nobody asked. */
static void turns_print(FILE *file, const struct gate *gate)
{
	const char *comma = "";

	if (gate->config.step_slices == 0)
		return;
	fprintf(file, "  \"turns\": {");
	for (int i = 0; i < STATES; i++) {
		const struct step *turn = gate->by_state[i].turn;
		int steps = STEPS;

		while (steps > 0 && turn[steps - 1].slices == 0)
			steps--;
		if (steps == 0)
			continue;
		fprintf(file, "%s\n   \"%s\": [", comma, state_names[i]);
		for (int at = 0; at < steps; at++)
			fprintf(file, "%s[%u, %" PRIu64 "]", at ? ", " : "", turn[at].slices, turn[at].arrived);
		fprintf(file, "]");
		comma = ",";
	}
	fprintf(file, "},\n");
}

static void marks_print(FILE *file, const char *name, const struct marks *marks, double us,
                        const char *end)
{
	fprintf(file, "\"%s\": {\"count\": %" PRIu64 ", \"total_us\": %.1f, \"max_us\": %.1f}%s", name,
	        marks->count, (double)marks->cycles * us, (double)marks->cycles_max * us, end);
}

/* [cycles, count] of the buckets in use. */
static void cycles_print(FILE *file, const char *name, const uint64_t *histogram)
{
	const char *comma = "";

	fprintf(file, "\"%s\": [", name);
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (histogram[i] == 0)
			continue;
		fprintf(file, "%s[%" PRIu64 ", %" PRIu64 "]", comma, histogram_lower(i), histogram[i]);
		comma = ", ";
	}
	fprintf(file, "]");
}

static void prober_print(FILE *file, const char *name, const struct probe *probe, enum cpu place)
{
	const struct prober *prober = &probe->probers[place];
	double clock = probe_median(prober->clock);

	fprintf(file, "\"%s\": {\"probes\": %" PRIu64 ", \"late\": %" PRIu64 ", ", name,
	        (uint64_t)probe->witness.cpus[place].count, prober->late);
	cycles_print(file, "work_cycles", prober->work);
	if (clock > 0)
		fprintf(file, ", \"core_mhz\": %.1f", PIECES_CORE_CYCLES * probe->witness.cycles_a_ns * 1e3 / clock);
	else
		fprintf(file, ", \"core_mhz\": null");
	fprintf(file, "},\n   ");
}

/* What the probe saw, and what was concluded from it; null when there was none. */
static void probe_print(FILE *file, const struct load *load, double us)
{
	const struct probe *probe = load->probe;

	if (probe == NULL) {
		fprintf(file, "  \"probe\": null,\n");
		return;
	}
	const struct limits *limits = &probe->witness.limits;
	double memory = probe_median(probe->probers[GENERATOR_CPU].memory);

	fprintf(file, "  \"probe\": {");
	prober_print(file, "dut", probe, DUT_CPU);
	prober_print(file, "generator", probe, GENERATOR_CPU);
	cycles_print(file, "trip_cycles", probe->probers[DUT_CPU].trips);
	fprintf(file, memory > 0 ? ", \"memory_cycles\": %.1f" : ", \"memory_cycles\": null", memory);
	fprintf(file, ",\n   \"thresholds\": {\"busy_dut\": %u, \"busy_generator\": %u, \"far\": %u},\n   \"silences\": {",
	        limits->busy[DUT_CPU], limits->busy[GENERATOR_CPU], limits->far);
	for (int i = 0; i < FAULTS; i++) {
		const char *end = i + 1 < FAULTS ? ",\n    " : "}},\n";

		if (probe->witness.no_thread && i != MACHINE && i != UNSEEN)
			fprintf(file, "\"%s\": null%s", fault_names[i], end); /* nobody can tell */
		else
			marks_print(file, fault_names[i], &load->watch.faults[i], us, end);
	}
}

/* Of all phases; null when nothing was compared. */
static void verify_print(FILE *file, const struct verify *verify, uint64_t duplicated)
{
	fprintf(file, "  \"load_check\": ");
	if (!verify->enabled) {
		fprintf(file, "null,\n");
		return;
	}
	fprintf(file, "{\"checked\": %" PRIu64 ", \"wrong\": %" PRIu64 ", \"duplicated\": %" PRIu64
	        ", \"first_wrong\": ", verify->checked, verify->wrong, duplicated);
	fprintf(file, verify->wrong ? "\"%s\"},\n" : "null},\n", verify->first_wrong);
}

static void report_print(FILE *file, const struct load *load)
{
	const struct gate *gate = &load->gate;
	const struct handshake *hands = &load->handshake;
	double slice_s = (double)gate->config.slice_cycles / load->tsc_hz;
	double ns = 1e9 / load->tsc_hz;
	const char *quote = load->options->sizes.period > 1 ? "\"" : ""; /* a mix is a text */

	fprintf(file, "{\n  \"generator\": \"softgen\", \"dpdk\": \"%s\", \"tsc_hz\": %.0f,\n",
	        rte_version(), load->tsc_hz);
	fprintf(file, "  \"rate_pps\": %.3f, \"protocol\": \"%s\", \"frame_size\": %s%s%s, \"flows\": %u, \"run_id\": %u,\n",
	        load->options->rate_pps, load->table.protocol == TCP ? "tcp" : "udp", quote, load->options->sizes.text, quote,
	        load->table.count, load->options->run_id);
	fprintf(file, "  \"ready_ms\": %.3f, \"traffic_ms\": %.3f, \"learn_passes\": %u, \"learned_flows\": %u,\n",
	        load->ready_ms, load->traffic_ms, load->learn_passes, load->learned_count);
	fprintf(file, "  \"silence_ms\": %.3f, \"probes\": %u, \"probes_refused\": %u, \"probes_received\": %u,\n",
	        load->silence_ms, load->probes, load->probes_refused, load->answered);
	verify_print(file, &load->verify, load->duplicated_total);
	fprintf(file, "  \"syns_sent\": %" PRIu64 ", \"syns_received\": %" PRIu64 ", \"answers_sent\": %" PRIu64
	        ", \"answers_received\": %" PRIu64 ",\n",
	        hands->syns_sent, hands->syns_received, hands->answers_sent, hands->answers_received);
	fprintf(file, "  \"sent_total\": %" PRIu64 ", \"received_total\": %" PRIu64
	        ", \"foreign\": %" PRIu64 ", \"late\": %" PRIu64 ",\n",
	        load->sent_total, load->received_total, load->foreign, gate->late);
	fprintf(file, "  \"raw\": {");
	tally_print(file, &gate->raw, gate->closed * slice_s, ns);
	fprintf(file, "},\n  \"gated\": {");
	tally_print(file, &gate->gated, gate->gated_slices * slice_s, ns);
	fprintf(file, "},\n");
	states_print(file, gate, slice_s, ns);
	turns_print(file, gate);
	probe_print(file, load, ns / 1e3);
	fprintf(file, "  \"slices\": %u, \"clean_slices\": %u, ", gate->closed, gate->gated_slices);
	marks_print(file, "generator_gaps", &load->watch.gaps, ns / 1e3, ",\n  ");
	marks_print(file, "dut_silences", &load->watch.silences, ns / 1e3, ", ");
	marks_print(file, "dut_stops", &load->watch.stops, ns / 1e3, "\n}\n");
}

int report_write(const struct load *load, const char *path)
{
	char temporary[PATH_MAX];
	FILE *file;

	snprintf(temporary, sizeof(temporary), "%s.part", path);
	file = fopen(temporary, "w");
	if (file != NULL) {
		report_print(file, load);
		int failed = ferror(file);

		if (fclose(file) == 0 && !failed && rename(temporary, path) == 0)
			return 0;
	}
	fprintf(stderr, "softgen: %s: %s\n", path, strerror(errno));
	remove(temporary);
	return -1;
}
