/** The contents of the files on /downloads, for tests to compare with what arrived. */
export const portalFiles = {
  'Übersicht „Mai“ 2026.csv': 'month,heads\r\nMay 2026,150\r\n',
  'monthly "final" report.csv': 'month,heads\r\nJune 2026,151\r\n',
  '../../etc/passwd': 'not:the:real:one\n',
  'opened-elsewhere.csv': 'opened,in\r\na,new tab\r\n',
  'invoice-0042.pdf': pdf('Invoice 0042'),
  'contract-0007.pdf': pdf('Contract 0007'),
  'statement-2026-01.csv': 'month,balance\r\n2026-01,1200.50\r\n',
  'blob-export.csv': 'made,by\r\na script,blob\r\n',
  'xhr-export.csv': 'made,by\r\na request,xhr\r\n',
  'data-url.txt': 'straight from the link\n',
  'empty.txt': '',
  'slow.txt': Array.from({ length: 5 }, (_, index) => `chunk ${index + 1} of 5\n`).join(''),
} satisfies Record<string, string | Buffer>

/** One page with one line of text: the smallest PDF that every viewer accepts, with a true cross-reference table. */
function pdf(text: string): Buffer {
  const drawing = `BT /F1 28 Tf 72 720 Td (${text}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let document = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = document.length
    document += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const table = document.length
  document += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  document += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`
  return Buffer.from(document, 'latin1')
}
