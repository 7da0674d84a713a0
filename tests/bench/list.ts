import type { Benchmark } from './benchmark.ts'
import { applyLatency } from './benchmarks/apply-latency.ts'
import { applyThroughput } from './benchmarks/apply-throughput.ts'
import { cpuItems } from './benchmarks/cpu-items.ts'
import { idle } from './benchmarks/idle.ts'
import { map } from './benchmarks/map.ts'
import { sharedObjects } from './benchmarks/shared-objects.ts'
import { stream } from './benchmarks/stream.ts'
import { waiting } from './benchmarks/waiting.ts'

export const benchmarks: Benchmark[] = [map, applyLatency, applyThroughput, cpuItems, stream, idle, waiting, sharedObjects]
