import { describe, expect, it } from 'vitest';
import { readRepositoryFile, repositoryFiles, shippedSources } from './architecture/files.ts';
import { cycles, faultyImports, importsOf, packagesOf, type Rules } from './architecture/imports.ts';

const NETWORK = [
  'node:net',
  'node:tls',
  'node:dgram',
  'node:http',
  'node:https',
  'node:http2',
  'mqtt',
  'aedes',
  'ws',
];
const RUNTIME = 'onnxruntime-node';

/** Which way imports point; see the table of areas in ARCHITECTURE.md. */
const RULES: Rules = {
  protocols: {
    areas: [],
    only: [
      'zod',
      'yaml',
      'node:crypto',
      'node:zlib',
      'node:fs',
      'node:path',
      'node:stream',
      'node:util',
      'node:buffer',
    ],
  },
  commandline: { areas: ['protocols'], never: [...NETWORK, RUNTIME] },
  model: { areas: ['protocols'], never: NETWORK },
  pipeline: { areas: ['protocols', 'model'], never: [...NETWORK, RUNTIME] },
  'firmware-bridge': { areas: ['protocols', 'commandline'], never: [RUNTIME] },
  trainer: { areas: ['protocols', 'model', 'pipeline', 'commandline'] },
  agent: { areas: ['protocols', 'model', 'pipeline', 'firmware-bridge', 'commandline'], never: [RUNTIME] },
  'cli.ts': { areas: ['commandline', 'trainer', 'agent', 'firmware-bridge'] },
};

const MAX_LINES = 400;
const CODE = /\.(ts|mjs|js|py|ino|h|css|html)$/;
const TEXT = /\.(ts|mjs|js|json|md|ya?ml|toml|py|ino|h|html|css|svg|sh|txt|service)$|(^|\/)[^./]+$|^\.[^/]+$/;

describe('the sources', () => {
  const sources = shippedSources(Object.keys(RULES));

  it('import in one direction', () => {
    expect(sources.size).toBeGreaterThan(20);
    expect(faultyImports(sources, RULES)).toEqual([]);
  });

  it('import without cycles', () => {
    expect(cycles(sources)).toEqual([]);
  });

  it('import only declared dependencies, none of them for development', () => {
    const { dependencies } = JSON.parse(readRepositoryFile('package.json')) as { dependencies: object };
    expect([...packagesOf(sources)].filter((name) => !(name in dependencies))).toEqual([]);
  });
});

describe('the repository', () => {
  const files = repositoryFiles();

  it(`has no source file of more than ${MAX_LINES} lines`, () => {
    const long = files
      .filter((path) => CODE.test(path) && !path.startsWith('models/'))
      .filter((path) => readRepositoryFile(path).split('\n').length - 1 > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('names no path of a machine and no package registry', () => {
    const texts = files
      .filter((path) => TEXT.test(path))
      .map((path) => [path, readRepositoryFile(path)] as const);
    expect(texts.length).toBeGreaterThan(20);
    expect(texts.flatMap(([path, text]) => machineTraces(text).map((trace) => `${path}: ${trace}`))).toEqual(
      [],
    );
  });

  it.each(['package-lock.json', 'bench/peers/package-lock.json'])(
    'has a lockfile, %s, that leaves the registry to whoever installs',
    (lockfile) => {
      expect(readRepositoryFile(lockfile)).not.toContain('"resolved"');
    },
  );
});

describe('these checks', () => {
  it('see every form of import', () => {
    const source = [
      "import { a } from './a.ts';",
      "import type {\n  B,\n} from './b.ts';",
      "export * from './c.ts';",
      "export type { D } from './d.ts';",
      "import './e.ts';",
      "const f = await import('./f.ts');",
      "export const text = 'from here';",
      "// import { g } from './g.ts';",
    ].join('\n');
    expect(importsOf(source)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts']);
  });

  it('find what breaks the rules', () => {
    const bad = new Map([
      ['protocols/reading.ts', "import type { Gpt } from '../model/gpt.ts';\nimport net from 'node:net';\n"],
      ['model/gpt.ts', "import { x } from '../protocols/reading.ts';\nimport { connect } from 'mqtt';\n"],
      ['trainer/train.ts', "export { run } from '../agent/run.ts';\n"],
      ['agent/run.ts', "import { gone } from './gone.ts';\n"],
    ]);
    expect(faultyImports(bad, RULES)).toEqual([
      'protocols/reading.ts imports model/gpt.ts: protocols may not import model',
      'protocols/reading.ts imports node:net, which protocols may not',
      'model/gpt.ts imports mqtt, which model may not',
      'trainer/train.ts imports agent/run.ts: trainer may not import agent',
      'agent/run.ts imports agent/gone.ts, which is not a source file',
    ]);
    expect(cycles(bad)).toEqual(['protocols/reading.ts -> model/gpt.ts -> protocols/reading.ts']);
    expect(packagesOf(bad)).toEqual(new Set(['mqtt']));
  });

  it.each([
    [`see ${'/home'}/pi/tinyllm`, 1],
    [`"path": "${'/root'}/x"`, 1],
    [`https://${'registry'}.example.org/zod`, 1],
    ['https://example.org/home/page', 0],
    ['a relative root/folder', 0],
  ])('judge %j', (text, traces) => {
    expect(machineTraces(text)).toHaveLength(traces);
  });
});

/** Absolute paths of one machine, and hosts of package registries. */
function machineTraces(text: string): string[] {
  const path = /(?<![\w.~/>})-])\/(?:home|root|Users|work|workspace)\/[\w.-]+/g;
  const registry = /https?:\/\/[\w.-]*(?:registry|artifactory|nexus)[\w.-]*/g;
  return [path, registry].flatMap((pattern) => text.match(pattern) ?? []);
}
