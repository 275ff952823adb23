"""Our own forward of Llama and Qwen2: packed weights, packed attention, a step to compile."""
