import { z } from 'zod';
import { LOOPBACK, port } from './values.ts';

/** A server of their own for the metrics. */
export const metrics = z
  .strictObject({
    host: z.string().min(1).default(LOOPBACK).describe('0.0.0.0 lets the network in.'),
    port: port.default(9464).describe('http://<host>:<port>/metrics'),
    open: z.boolean().default(false).describe('Whether they are told without a password.'),
  })
  .optional()
  .describe('Counters and gauges for Prometheus, at a port of their own.');
