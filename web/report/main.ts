/** The one script of a report file: shows the data that stands beside it. */
import type { AuditReport } from '../../src/report/report.ts';
import { showReport } from './show-report.ts';

const root = document.getElementById('report');
const data = document.getElementById('report-data')?.textContent;
if (root !== null && data !== undefined) {
  const report: AuditReport = JSON.parse(data);
  showReport(root, report);
}
