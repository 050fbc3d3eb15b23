import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    passWithNoTests: false,
    // In CI the results are also written as JSON: `.ci/run` counts them.
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'coverage/tests.json' }]] : ['default'],
    pool: 'forks',
    maxWorkers: 2,
    // Trainings and browsers run for real, on machines that may be busy.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
