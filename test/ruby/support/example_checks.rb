# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# What the examples' checks are written in. Evaluated by the loader, before an example.
Client = Struct.new(:smtp_client_address)

class Loop
  # The block is called at once.
  def add_timeout(seconds, &block)
    (@timeouts ||= []) << [seconds, block.call]
  end
end

def ipv4(address, port)
  Milter::SocketAddress.build("4", address, port)
end

def ipv6(address, port)
  Milter::SocketAddress.build("6", address, port)
end

def unix(path)
  Milter::SocketAddress.build("L", path, 0)
end

def unknown
  Milter::SocketAddress.build("U", nil, 0)
end

# Does one of the condition's blocks stop the milter at that stage? Macros that they set are forgotten.
def stops?(condition, stage, *arguments)
  stoppers(condition, stage).any? { |stopper| stopper.call({}, *arguments) }
end

# A session with milter-greylist and clamav-milter as the manager describes it; the question is about clamav-milter.
class Call
  def initialize(macros: {}, answer: :none, quitted: false)
    @macros = macros
    @answers = [answer, :none]
    @quitted = [quitted, false]
    @shelf = {}
  end

  def milter = 1

  def n_children = 2

  def child_name(index) = %w[milter-greylist clamav-milter][index]

  def child_answer(index) = @answers[index]

  def child_quitted?(index) = @quitted[index]

  def macro(name) = @macros[name]

  def set_macro(name, value) = @macros[name] = value

  def shelved(key) = @shelf[key]

  def shelve(key, value) = @shelf[key] = value
end

def context(**session)
  Milter::Manager::ChildContext.new(Call.new(**session), 1)
end
