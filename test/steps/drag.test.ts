import drag from '../../steps/browser/drag.ts'
import { testStep } from '../step-tester.ts'

const html = `<div id="card" draggable="true" ondragstart="event.dataTransfer.setData('text', 'card')">Card</div>
  <div id="done" style="height: 80px" ondragover="event.preventDefault()" ondrop="this.textContent = 'took ' + event.dataTransfer.getData('text')">Done</div>`

testStep('DRAG', drag, {
  succeeds: {
    'drops an element on another': { html, config: { target: '#card', to: { css: '#done' } }, page: 'took card' },
    'drags what listens to the mouse alone': {
      html: `<div id="knob" onmousedown="down = true">Knob</div><div id="end" style="margin-top: 50px" onmouseup="this.textContent = window.down ? 'arrived' : 'nothing'">End</div>`,
      config: { target: '#knob', to: '#end' },
      page: 'arrived',
    },
  },
  fails: {
    'there is nothing to drag': { html, config: { target: '#none', to: '#done' }, code: 'step_timeout', message: /selector #none was not found/ },
    'there is no place to drop it': { html, config: { target: '#card', to: { text: 'Archive' } }, code: 'step_timeout', message: /text "Archive" was not found/ },
  },
  rejects: { 'no place to drop it': { config: { target: '#card' }, path: 'to', message: /A target is missing/ } },
})
