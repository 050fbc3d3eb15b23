import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, platform } from 'node:os';
import { type Finding, fail, ok, warn } from './finding.ts';

const MB = 1 << 20;
const GB = 1 << 30;
/** The platforms for which ONNX Runtime's package has a library. */
const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];
/** What makes products of 8-bit numbers fast: x64's VNNI, and the dot products of ARMv8.2. */
const FAST_INT8 = ['avx512_vnni', 'avx_vnni', 'asimddp'];
const NEEDED_X64 = 'avx2';

/** What the processor and the system are. @param cpuinfo proc(5), `/proc/cpuinfo` */
export async function lookAtMachine(cpuinfo = '/proc/cpuinfo'): Promise<Finding[]> {
  const name = `${platform()}-${arch()}`;
  const system = `${name}, Node ${process.version}, ${availableParallelism()} cores`;
  if (!SUPPORTED.includes(name)) {
    return [
      fail('machine', `${system}: the model cannot be computed here`, `use one of ${SUPPORTED.join(', ')}`),
    ];
  }
  if (platform() === 'linux' && !usesGlibc()) {
    return [
      fail(
        'machine',
        `${system}, and a C library that is not glibc`,
        'use Debian, Ubuntu or Raspberry Pi OS; Alpine (musl) has no library of ONNX Runtime',
      ),
    ];
  }
  return [ok('machine', system), ...processor(await readFile(cpuinfo, 'utf8').catch(() => ''))];
}

function processor(cpuinfo: string): Finding[] {
  const [, listed = ''] = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo) ?? [];
  const flags = new Set(listed.split(' '));
  if (listed === '') return [];
  const fast = FAST_INT8.filter((flag) => flags.has(flag));
  if (fast.length > 0) return [ok('processor', `computes 8-bit products fast (${fast.join(', ')})`)];
  if (arch() === 'x64' && !flags.has(NEEDED_X64)) {
    return [
      warn(
        'processor',
        `has no ${NEEDED_X64}: models are several times slower`,
        'measure with `tinyllm validate`; choose a small model',
      ),
    ];
  }
  return [
    warn(
      'processor',
      'has no fast 8-bit products: variants int8 and q8 may be no faster than fp32',
      'try the variants of the bundle; the doctor measures the one in use',
    ),
  ];
}

function usesGlibc(): boolean {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}

/** `3.2 GB`, `40 MB`. */
export const bytesText = (bytes: number): string =>
  bytes < GB / 10 ? `${Math.floor(bytes / MB)} MB` : `${(bytes / GB).toFixed(1)} GB`;
