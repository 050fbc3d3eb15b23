import { variantRows } from '../../variants/variant-table.ts';
import { dataTable } from '../data-table.ts';
import { html } from '../html.ts';
import type { SectionWriter } from '../section.ts';

/** What smaller numbers cost and gain, where there is something to compare. */
export const variants: SectionWriter = ({ table }) =>
  table.variants.length < 2
    ? undefined
    : {
        id: 'variants',
        title: 'Variants',
        isWide: true,
        body: html`${dataTable('Variants of the model', variantRows(table))}
    <p class="note">In brackets the change against fp32; "as fp32" is the share of rows with the same answer. Time and memory are of one
    thread of the machine that trained it. What loses more than ${table.maxDrop} of accuracy or macro-F1 on the validation split is
    refused and not in the bundle.</p>`,
      };
