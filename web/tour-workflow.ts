/** The workflow of the tour. Its portal is a page that it brings along, so it runs on any machine, with no network. */

export const TOUR = 'errand_tour'

const INVOICES: [supplier: string, due: string, amount: number][] = [
  ['Acme Paper', '2026-01-15', 480],
  ['Northern Light', '2026-01-18', 129],
  ['Harbour Cleaning', '2026-01-20', 310],
  ['Kestrel Parts', '2026-01-31', 1249],
]

const PAGE = `<!doctype html><meta charset="utf-8"><title>Open invoices</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#eef1f6;color:#1d2128}main{max-width:720px;margin:48px auto;background:#fff;padding:32px 40px;border-radius:14px;box-shadow:0 1px 4px #0002}
table{width:100%;border-collapse:collapse;margin:16px 0 28px}th,td{text-align:left;padding:9px 4px;border-bottom:1px solid #e4e7ec}td:last-child,th:last-child{text-align:right}
label{display:block;font-weight:600}input{font:inherit;width:100%;box-sizing:border-box;padding:9px 12px;margin:6px 0 14px;border:1px solid #b8bfca;border-radius:8px}button{font:inherit;font-weight:600;padding:10px 22px;border:0;border-radius:8px;background:#4338ca;color:#fff}
[role=status]{font-weight:600;color:#15803d;margin-left:14px}</style>
<main><h1>Open invoices</h1><table><thead><tr><th>Supplier<th>Due<th>Amount</thead><tbody>${INVOICES.map(([supplier, due, amount]) => `<tr><td>${supplier}<td>${due}<td>${amount.toFixed(2)}`).join('')}</tbody></table>
<form onsubmit="document.querySelector('[role=status]').textContent='Handed to the bank: '+this.note.value;return false"><label for="note">Note for the bank</label><input id="note" name="note"><button>Pay all</button><span role="status"></span></form></main>`

export const tourWorkflow = () => ({
  identifier: TOUR,
  title: 'Tour: pay the open invoices',
  description: 'Opens a page of invoices that it brings along, reads the table, adds up what is due, asks before it pays a large sum, and takes a picture. Change it as you like.',
  nodes: [
    { identifier: 'start', title: 'Start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { limit: { type: 'number', title: 'Ask above', description: 'Sums above this are paid only after somebody has agreed.', default: 1000 } } } } },
    { identifier: 'open', title: 'Open the invoices', stateName: 'opening_invoices', config: { type: 'NAVIGATE', url: `data:text/html,${encodeURIComponent(PAGE)}` }, variables: { title: '{{ .response.title }}' } },
    { identifier: 'read', title: 'Read the table', stateName: 'reading_invoices', config: { type: 'EXTRACT', table: { target: 'table' }, saveAs: 'csv', name: 'invoices' } },
    { identifier: 'sum', title: 'Add up what is due', config: { type: 'TRANSFORM', value: { total: '{{ [.outputs.read.rows[].Amount | tonumber] | add }}', count: '{{ .outputs.read.count }}' } } },
    { identifier: 'large', title: 'Is it a large sum?', config: { type: 'CONDITION', outlets: [{ identifier: 'yes', title: 'yes', expression: '.outputs.sum.total > .inputs.limit' }] } },
    {
      identifier: 'ask',
      title: 'Ask for approval',
      stateName: 'waiting_for_approval',
      config: {
        type: 'USER_INPUT',
        title: 'May these invoices be paid?',
        description: '{{ .outputs.sum.count }} invoices, {{ .outputs.sum.total }} in all.',
        userInputs: { properties: { note: { type: 'string', title: 'Note for the bank', default: 'Paid by Errand' } } },
        buttons: [{ identifier: 'pay', label: 'Pay them', variant: 'PRIMARY' }, { identifier: 'refuse', label: 'Leave them', variant: 'DANGER' }],
      },
    },
    { identifier: 'agreed', title: 'Was it agreed?', config: { type: 'CONDITION', outlets: [{ identifier: 'no', title: 'no', expression: '.outputs.ask.button == "refuse"' }] } },
    { identifier: 'leave', title: 'Leave them unpaid', config: { type: 'NO_ACTION', reason: 'Nobody agreed to pay.' } },
    { identifier: 'note', title: 'Write the note', stateName: 'paying', config: { type: 'FILL', target: { label: 'Note for the bank' }, value: '{{ .outputs.ask.values.note // "Paid without asking" }}' } },
    { identifier: 'pay', title: 'Press “Pay all”', stateName: 'paying', config: { type: 'CLICK', target: { role: 'button', name: 'Pay all' } } },
    { identifier: 'check', title: 'See that it is done', config: { type: 'ASSERT', target: { role: 'status' }, text: '{{ "Handed to the bank: " + (.outputs.ask.values.note // "Paid without asking") }}' } },
    { identifier: 'picture', title: 'Take a picture', config: { type: 'SCREENSHOT', name: 'receipt' } },
  ],
  connections: [
    { sourceIdentifier: 'start', targetIdentifier: 'open' },
    { sourceIdentifier: 'open', targetIdentifier: 'read' },
    { sourceIdentifier: 'read', targetIdentifier: 'sum' },
    { sourceIdentifier: 'sum', targetIdentifier: 'large' },
    { sourceIdentifier: 'large', targetIdentifier: 'ask', sourceOutletIdentifier: 'yes' },
    { sourceIdentifier: 'large', targetIdentifier: 'note', fallback: true },
    { sourceIdentifier: 'ask', targetIdentifier: 'agreed' },
    { sourceIdentifier: 'agreed', targetIdentifier: 'leave', sourceOutletIdentifier: 'no' },
    { sourceIdentifier: 'agreed', targetIdentifier: 'note', fallback: true },
    { sourceIdentifier: 'note', targetIdentifier: 'pay' },
    { sourceIdentifier: 'pay', targetIdentifier: 'check' },
    { sourceIdentifier: 'check', targetIdentifier: 'picture' },
  ],
})
