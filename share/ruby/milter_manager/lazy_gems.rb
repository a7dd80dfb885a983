# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# The manager starts Ruby without rubygems, which would take most of the start-up time. It is loaded the first
# time that somebody requires what the standard library doesn't have.
module Kernel
  alias_method :require_without_gems, :require

  def require(name)
    require_without_gems(name)
  rescue LoadError => error
    raise if defined?(Gem) || error.path != name.to_s
    require_without_gems("rubygems") # puts its own Kernel#require in our place
    Kernel.instance_method(:require).bind_call(self, name)
  end
  private :require

  def gem(*requirements)
    Kernel.undef_method(:gem) unless defined?(Gem)
    require_without_gems("rubygems")
    Kernel.instance_method(:gem).bind_call(self, *requirements)
  end
  private :gem
end
