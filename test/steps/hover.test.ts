import hover from '../../steps/browser/hover.ts'
import { testStep } from '../step-tester.ts'

testStep('HOVER', hover, {
  succeeds: {
    'opens what opens under the mouse': {
      html: '<style>ul { display: none } nav:hover ul { display: block }</style><nav>Menu <ul><li>Reports</li></ul></nav>',
      config: { target: 'nav' },
      page: 'Reports',
    },
  },
  fails: { 'the element is not shown': { html: '<nav hidden>Menu</nav>', config: { target: 'nav' }, code: 'step_timeout', message: /it is not visible/ } },
  rejects: { 'no target': { config: {}, path: 'target', message: /A target is missing/ } },
})
