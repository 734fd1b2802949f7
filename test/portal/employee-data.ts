export type Employee = {
  number: string
  name: string
  department: string
  position: string
  email: string
  startDate: string
  salary: number
}

const pageSize = 50

const firstNames = 'Ada Björn Carmen Dmitri Elif Farid Grace Hana Ines Jonas Keiko Liam Maya Noah Olga Pablo Quentin Rosa Samir Tove Uma Viktor Wanda Yusuf Zoë'.split(' ')
const lastNames =
  'Adler Becker Castillo Dubois Eriksson Fischer García Hoffmann Ito Jansen Kowalski Lindqvist Müller Novák O\'Neill Petrov Quist Rossi Sørensen Tanaka Ueda Varga Weber Xu Yılmaz Zhang Brandt Costa Diaz Evans Fontaine Grant'.split(' ')
// An ampersand and a comma, because portals have them and they are what a careless export breaks on.
const departments = ['Finance', 'Research & Development', 'Sales', 'Operations', 'People']
const positions = ['Analyst', 'Engineer, senior', 'Manager', 'Assistant', 'Specialist', 'Lead, regional']
const day = 86_400_000

/** 150 people, always the same ones. */
export const employees: Employee[] = Array.from({ length: 150 }, (_, index) => {
  // Two strides through lists of coprime length: no name comes twice.
  const first = firstNames[(index * 7) % firstNames.length] ?? ''
  const last = lastNames[(index * 11) % lastNames.length] ?? ''
  return {
    number: `E-${1001 + index}`,
    name: `${first} ${last}`,
    department: departments[(index * 3) % departments.length] ?? '',
    position: positions[(index * 5) % positions.length] ?? '',
    email: `${ascii(first)}.${ascii(last)}@acme.example`,
    startDate: new Date(Date.UTC(2010, 0, 4) + ((index * 2003) % 5600) * day).toISOString().slice(0, 10),
    salary: 38_000 + ((index * 17_300) % 62_000),
  }
})

export const pageCount = employees.length / pageSize

export function employeePage(page: number): Employee[] {
  return employees.slice((page - 1) * pageSize, page * pageSize)
}

/** As RFC 4180 has it: CRLF, and quotes around what needs them. */
export const employeesCsv = [
  ['Number', 'Name', 'Department', 'Position', 'Email', 'Start date', 'Salary'],
  ...employees.map((one) => [one.number, one.name, one.department, one.position, one.email, one.startDate, String(one.salary)]),
]
  .map((row) => `${row.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`)
  .join('')

function ascii(name: string): string {
  return name.toLowerCase().replaceAll('ø', 'o').replaceAll('ı', 'i').normalize('NFD').replace(/[^a-z]/g, '')
}
